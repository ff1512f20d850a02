"""A calendar item as the MIME content that EWS gives and takes: iCalendar text.

Clients that speak iCalendar themselves (davmail, mobile gateways) write an item with it and read a whole series by it.

Sources: RFC 5545; [MS-OXCICAL] for Outlook's X-MICROSOFT-CDO properties and for time zones by their Windows names.
"""
