"""The monitor: a professional follows a person, with records that last; it advises on no dose."""
