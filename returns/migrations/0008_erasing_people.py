"""A person who is forgotten is forgotten on the timeline too.

Events stay as they are, but for names and notes, and only in a transaction that says so.
Messages to buyers and from them are no events; nothing guards them in the database.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION returns_event_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('retour.erasing', true) = 'on' AND
        to_jsonb(NEW) - ARRAY['actor_name', 'note', 'actor_user_id']
        = to_jsonb(OLD) - ARRAY['actor_name', 'note', 'actor_user_id']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER returns_event_append_only ON returns_event;
CREATE TRIGGER returns_event_append_only BEFORE UPDATE OR DELETE ON returns_event
    FOR EACH ROW EXECUTE FUNCTION returns_event_refuse_change();
"""

DROP = """
DROP TRIGGER returns_event_append_only ON returns_event;
CREATE TRIGGER returns_event_append_only BEFORE UPDATE OR DELETE ON returns_event
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();
DROP FUNCTION returns_event_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("returns", "0007_withdrawals")]
    operations = [migrations.RunSQL(CREATE, DROP)]
