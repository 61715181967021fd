"""Events, credit notes and dispositions are appended, never edited: the database itself refuses."""

from django.db import migrations

CREATE = """
CREATE FUNCTION returns_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER returns_event_append_only BEFORE UPDATE OR DELETE ON returns_event
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();
CREATE TRIGGER returns_disposition_append_only BEFORE UPDATE ON returns_disposition
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();
CREATE TRIGGER returns_creditnote_append_only BEFORE UPDATE OR DELETE ON returns_creditnote
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();
CREATE TRIGGER returns_settingchange_append_only BEFORE UPDATE OR DELETE ON returns_settingchange
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();
CREATE TRIGGER returns_withdrawalevent_append_only BEFORE UPDATE OR DELETE
    ON returns_withdrawalevent FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();
CREATE TRIGGER returns_webhookattempt_append_only BEFORE UPDATE ON returns_webhookattempt
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();
"""

DROP = """
DROP TRIGGER returns_webhookattempt_append_only ON returns_webhookattempt;
DROP TRIGGER returns_withdrawalevent_append_only ON returns_withdrawalevent;
DROP TRIGGER returns_settingchange_append_only ON returns_settingchange;
DROP TRIGGER returns_creditnote_append_only ON returns_creditnote;
DROP TRIGGER returns_disposition_append_only ON returns_disposition;
DROP TRIGGER returns_event_append_only ON returns_event;
DROP FUNCTION returns_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("returns", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
