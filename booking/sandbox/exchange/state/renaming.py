"""A mailbox that gets another primary address, as when somebody marries or a room is renamed."""

from dataclasses import replace

from booking.sandbox.exchange.state.store import Store


def rename(store: Store, address: str, new: str) -> None:
    """Give the mailbox another address; nobody knows the old one any more.

    Its items keep their ids and change keys; rights on it, and its own, stay.

    Raises:
        KeyError: there is no such mailbox.
    """
    with store.change():
        store.put_mailbox(replace(store.mailboxes[address], address=new))
        for item in [each for each in store.items.values() if each.mailbox == address]:
            store.put_item(replace(item, mailbox=new))
        for folder in store.folders_of(address):
            if not folder.is_distinguished:
                store.save_folder(replace(folder, mailbox=new))
        for grant in store.grants_about(address):
            account = new if grant.account == address else grant.account
            mailbox = new if grant.mailbox == address else grant.mailbox
            store.put_grant(replace(grant, account=account, mailbox=mailbox))
        account_there = store.accounts.get(address)
        if account_there is not None:
            store.put_account(replace(account_there, email=new))
            store.remove_account(address)
        store.remove_mailbox(address)
