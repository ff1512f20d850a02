"""What the sandbox remembers: mailboxes, sign-ins, rights and items, kept in a journal that survives a restart."""
