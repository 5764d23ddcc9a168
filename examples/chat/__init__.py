"""A plain chat: the person leads each turn, and each reply is checked before it is shown."""
