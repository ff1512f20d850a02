"""Exchange Web Services: SOAP in, SOAP out, each answer valid against the official schema."""
