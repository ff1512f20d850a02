"""What a calendar entry shows of a booking: its subject and its body."""

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


def body(
    *,
    first_name: str,
    last_name: str,
    email: str,
    title: str,
    ref: str,
    space: str,
    location: str,
    link: str,
) -> str:
    """Return the entry's plain text. Name and e-mail of the booker stand in it whatever the title option says."""
    lines = [
        f"Booked by: {full_name(first_name, last_name)}",
        f"E-mail: {email}",
        *([f"Title: {title}"] if title else []),
        f"Room: {space}, {location}",
        f"Booking: {ref}",
        "",
        f"See or change the booking: {link}",
    ]
    return "\n".join(lines)


def full_name(first_name: str, last_name: str) -> str:
    """Return both names as one, without stray spaces."""
    return f"{first_name} {last_name}".strip()
