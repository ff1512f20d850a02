"""What people do in Outlook, and what Exchange does by itself when they do: invitations, answers, cancellations."""
