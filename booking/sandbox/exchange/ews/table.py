"""The operations that the sandbox knows, by the names that EWS gives them: a module and a line each."""

from collections.abc import Callable

from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.operations import (
    convert_id,
    create_folder,
    create_item,
    delete_folder,
    delete_item,
    find_folder,
    find_item,
    get_events,
    get_folder,
    get_item,
    get_room_lists,
    get_rooms,
    get_server_time_zones,
    get_streaming_events,
    get_user_availability,
    get_user_configuration,
    move_item,
    resolve_names,
    subscribe,
    sync_folder_hierarchy,
    sync_folder_items,
    unsubscribe,
    update_item,
)
from booking.sandbox.exchange.ews.xml import Element

OPERATIONS: dict[str, Callable[[Call], Element]] = {
    "ConvertId": convert_id.run,
    "CreateFolder": create_folder.run,
    "CreateItem": create_item.run,
    "DeleteFolder": delete_folder.run,
    "DeleteItem": delete_item.run,
    "FindFolder": find_folder.run,
    "FindItem": find_item.run,
    "GetEvents": get_events.run,
    "GetFolder": get_folder.run,
    "GetItem": get_item.run,
    "GetRoomLists": get_room_lists.run,
    "GetRooms": get_rooms.run,
    "GetServerTimeZones": get_server_time_zones.run,
    "GetStreamingEvents": get_streaming_events.run,
    "GetUserAvailability": get_user_availability.run,
    "GetUserConfiguration": get_user_configuration.run,
    "MoveItem": move_item.run,
    "ResolveNames": resolve_names.run,
    "Subscribe": subscribe.run,
    "Unsubscribe": unsubscribe.run,
    "SyncFolderHierarchy": sync_folder_hierarchy.run,
    "SyncFolderItems": sync_folder_items.run,
    "UpdateItem": update_item.run,
}
