"""People with accounts and posts at the dog licence's bureau."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from jinzhi.kernel.cases.tests import dogs
from jinzhi.kernel.cases.tests.town import Town
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Org, Person, Post
from jinzhi.kernel.orgs.queries import actors_for
from jinzhi.kernel.time import today

POSTS = {
    "ann": [("clerk", dogs.OWNER)],
    "bob": [("clerk", dogs.OWNER)],
    "cat": [("head", dogs.OWNER)],
    "dan": [("vet", dogs.OWNER)],
    "eve": [("vet", dogs.OWNER)],
    "fay": [("clerk", "000000/310000/")],
    "gus": [("lead", dogs.OWNER)],
    "hal": [("clerk", dogs.OWNER), ("head", dogs.OWNER)],
    "ida": [("sysadmin", "000000/")],
    "sue": [("secadmin", "000000/")],
}


@dataclass
class Office:
    town: Town
    people: dict[str, Person]

    def __getitem__(self, name: str) -> Actor:
        """This person as an actor, with what posts and stand-ins allow now."""
        return actors_for([Person.objects.get(pk=self.people[name].pk)])[self.people[name].pk]

    def id(self, name: str) -> int:
        return self.people[name].pk


@pytest.fixture
def office(town: Town) -> Office:
    people = {name: Person.objects.create(username=f"dog.{name}", name_zh=f"{name}甲", name_en=name.title()) for name in POSTS}
    orgs = {o.path: o for o in Org.objects.filter(path__in={path for posts in POSTS.values() for _, path in posts})}
    Post.objects.bulk_create(
        Post(person=people[name], role=role, org=orgs[path], valid_from=today()) for name, posts in POSTS.items() for role, path in posts
    )
    return Office(town, people)
