"""The app that django-viewflow wants its flow in."""
