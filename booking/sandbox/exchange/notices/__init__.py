"""Notifications: what happens in calendars, told to those who subscribed.

events         what Exchange says of one happening: several things, as it does
subscriptions  who listens to what, and how far they have heard
streams        answers that hang, and speak when something happens
"""
