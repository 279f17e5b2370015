-- lo is played by a domain over oid, as the extension does it; its trigger does nothing
CREATE DOMAIN lo AS oid;
CREATE FUNCTION lo_manage() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END';
