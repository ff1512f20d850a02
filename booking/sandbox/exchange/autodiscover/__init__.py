"""Autodiscover: where a mailbox's EWS is, asked in either of Microsoft's two ways. Both need a sign-in.

directory   what there is to say of an address
pox         plain XML, /autodiscover/autodiscover.xml
soap        GetUserSettings, /autodiscover/autodiscover.svc
service     sign-in, the way to one of the two, and the request log
"""
