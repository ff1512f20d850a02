"""What a calendar entry shows of a booking: its subject, and names as people read them."""

from booking.domain.states import TitleOption


def subject(
    option: TitleOption,
    *,
    first_name: str,
    last_name: str,
    email: str,
    nickname: str,
    nickname_allowed: bool,
) -> str:
    """Return the entry's subject as the location's option says; empty if the option leaves nothing to show."""
    name = full_name(first_name, last_name)
    match option:
        case TitleOption.NAME:
            return name
        case TitleOption.NAME_AND_EMAIL:
            return f"{name}, {email}"
        case TitleOption.NICKNAME:
            return nickname if nickname_allowed else ""


def full_name(first_name: str, last_name: str) -> str:
    """Return both names as one, without stray spaces."""
    return f"{first_name} {last_name}".strip()


def without_addresses(name: str) -> str:
    """Return the name of somebody as a server gives it, without any e-mail address; empty if there is no more to it."""
    words = (word for word in name.split() if "@" not in word)
    return " ".join(words).strip(" ,;<>()[]\"'")
