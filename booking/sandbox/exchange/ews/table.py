"""The operations that the sandbox knows, by the names that EWS gives them: a module and a line each."""

from collections.abc import Callable

from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.operations import (
    create_item,
    delete_item,
    find_item,
    get_folder,
    get_item,
    get_server_time_zones,
    get_user_availability,
    resolve_names,
    update_item,
)
from booking.sandbox.exchange.ews.xml import Element

OPERATIONS: dict[str, Callable[[Call], Element]] = {
    "CreateItem": create_item.run,
    "DeleteItem": delete_item.run,
    "FindItem": find_item.run,
    "GetFolder": get_folder.run,
    "GetItem": get_item.run,
    "GetServerTimeZones": get_server_time_zones.run,
    "GetUserAvailability": get_user_availability.run,
    "ResolveNames": resolve_names.run,
    "UpdateItem": update_item.run,
}
