"""What is written: the scripts in their order, the ledger, quarantine.sql, the bundle and its README."""
