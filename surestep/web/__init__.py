"""The review inbox in a browser. Needs the extra `web`; nothing below it does."""
