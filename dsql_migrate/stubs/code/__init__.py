"""What a stub does, said once for all languages: values and steps. A language prints them; nothing here knows one."""
