"""The Outlook-like page: mailboxes, their weeks, and forms to add, change and delete. Works without JavaScript."""
