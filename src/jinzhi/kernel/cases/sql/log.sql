-- The log beside the engine's own writing: events of acts that move nothing continue the chain of their case without raising its version.

create function event_line(case_id bigint, seq integer, at timestamptz, actor bigint, post bigint, org text, action text, lane text, request text, body text)
returns bytea language sql stable parallel safe as $$
  select convert_to(case_id || '|' || seq || '|' || (extract(epoch from at) * 1000000)::bigint || '|' || actor || '|' || post || '|' || org || '|' || action
    || '|' || lane || '|' || request || '|' || body, 'UTF8')
$$;

create function append_events(doc jsonb) returns table ("case" bigint, seq integer) language plpgsql security definer set search_path = public
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare item record; digest bytea; n integer;
begin
  if exists (select 1 from jsonb_array_elements(doc) x where left(x->>'action', 1) <> '~') then
    raise exception 'only built-in acts are appended; what moves a case goes through write_cases' using errcode = '42501';
  end if;
  perform 1 from case_ c where c.id in (select (x->>'case')::bigint from jsonb_array_elements(doc) x) order by c.id for update;
  for item in
    select x.ord, y.* from jsonb_array_elements(doc) with ordinality as x(value, ord),
      jsonb_to_record(x.value) as y("case" bigint, at timestamptz, actor bigint, post bigint, org text, action text, lane text, request text, body text)
    order by x.ord
  loop
    select c.head, c.seq + 1 into digest, n from case_ c where c.id = item."case";
    if not found then
      raise exception 'case % does not exist', item."case" using errcode = '23503';
    end if;
    digest := sha256(digest || event_line(item."case", n, item.at, item.actor, item.post, item.org, item.action, item.lane, item.request, item.body));
    insert into event (case_id, seq, at, actor, post, org, action, lane, request, body, hash)
    values (item."case", n, item.at, item.actor, item.post, item.org, item.action, item.lane, item.request, item.body, digest);
    update case_ c set seq = n, head = digest where c.id = item."case";
    "case" := item."case"; seq := n;
    return next;
  end loop;
end $$;
