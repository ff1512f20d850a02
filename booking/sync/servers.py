"""The way to calendar servers that this installation speaks to: handed to the engine when the application is joined."""

from booking.connectors import registry

connect = registry.connect
