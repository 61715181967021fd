"""The books of store credit hold whatever the code does: the database itself sees to it.

Entries are never changed but for what is left of a credit; their uses never. At the end of a
transaction an account's balance is the sum of its entries, and of what is left of its credits.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION returns_refuse_change_but_remaining() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'remaining' <> to_jsonb(OLD) - 'remaining' THEN
        RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER returns_storecreditentry_append_only
    BEFORE UPDATE OR DELETE ON returns_storecreditentry
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change_but_remaining();
CREATE TRIGGER returns_storecredituse_append_only
    BEFORE UPDATE OR DELETE ON returns_storecredituse
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();

CREATE FUNCTION returns_check_store_credit(checked bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept numeric;
    summed numeric;
    unspent numeric;
BEGIN
    SELECT balance INTO kept FROM returns_storecreditaccount WHERE id = checked;
    SELECT coalesce(sum(amount), 0), coalesce(sum(remaining), 0) INTO summed, unspent
        FROM returns_storecreditentry WHERE account_id = checked;
    IF kept <> summed OR kept <> unspent THEN
        RAISE EXCEPTION 'balance % of store credit account % is not its entries (%), left (%)',
            kept, checked, summed, unspent USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END $$;
CREATE FUNCTION returns_check_store_credit_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM returns_check_store_credit(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION returns_check_store_credit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM returns_check_store_credit(NEW.account_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER returns_storecreditaccount_balanced
    AFTER INSERT OR UPDATE OF balance ON returns_storecreditaccount
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION returns_check_store_credit_account();
CREATE CONSTRAINT TRIGGER returns_storecreditentry_balanced
    AFTER INSERT OR UPDATE OF remaining ON returns_storecreditentry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION returns_check_store_credit_entry();
"""

DROP = """
DROP TRIGGER returns_storecreditentry_balanced ON returns_storecreditentry;
DROP TRIGGER returns_storecreditaccount_balanced ON returns_storecreditaccount;
DROP FUNCTION returns_check_store_credit_entry();
DROP FUNCTION returns_check_store_credit_account();
DROP FUNCTION returns_check_store_credit(bigint);
DROP TRIGGER returns_storecredituse_append_only ON returns_storecredituse;
DROP TRIGGER returns_storecreditentry_append_only ON returns_storecreditentry;
DROP FUNCTION returns_refuse_change_but_remaining();
"""


class Migration(migrations.Migration):
    dependencies = [("returns", "0005_basic_grades")]
    operations = [migrations.RunSQL(CREATE, DROP)]
