DO $$
BEGIN      IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'enrolment') THEN
        BEGIN
          EXECUTE 'CREATE SCHEMA IF NOT EXISTS enrolment';
        EXCEPTION
          WHEN duplicate_schema THEN NULL;
          WHEN unique_violation THEN NULL;
        END;
      END IF;

END
$$;


DO $$
BEGIN      IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'enrolment') THEN
        BEGIN
          EXECUTE 'CREATE SCHEMA IF NOT EXISTS enrolment';
        EXCEPTION
          WHEN duplicate_schema THEN NULL;
          WHEN unique_violation THEN NULL;
        END;
      END IF;

END
$$;


CREATE
OR REPLACE FUNCTION enrolment.mt_immutable_timestamp(value text) RETURNS timestamp without time zone LANGUAGE sql IMMUTABLE AS
$function$
select value::timestamp

$function$;


CREATE
OR REPLACE FUNCTION enrolment.mt_immutable_timestamptz(value text) RETURNS timestamp with time zone LANGUAGE sql IMMUTABLE AS
$function$
select value::timestamptz

$function$;


CREATE
OR REPLACE FUNCTION enrolment.mt_immutable_time(value text) RETURNS time without time zone LANGUAGE sql IMMUTABLE AS
$function$
select value::time

$function$;


CREATE
OR REPLACE FUNCTION enrolment.mt_immutable_date(value text) RETURNS date LANGUAGE sql IMMUTABLE AS
$function$
select value::date

$function$;


CREATE
OR REPLACE FUNCTION enrolment.mt_grams_vector(text, use_unaccent boolean DEFAULT false)
        RETURNS tsvector
        LANGUAGE plpgsql
        IMMUTABLE STRICT
AS $function$
BEGIN
RETURN (SELECT array_to_string(enrolment.mt_grams_array($1, use_unaccent), ' ') ::tsvector);
END
$function$;


CREATE
OR REPLACE FUNCTION enrolment.mt_grams_query(text, use_unaccent boolean DEFAULT false)
        RETURNS tsquery
        LANGUAGE plpgsql
        IMMUTABLE STRICT
AS $function$
BEGIN
RETURN (SELECT array_to_string(enrolment.mt_grams_array($1, use_unaccent), ' & ') ::tsquery);
END
$function$;


CREATE
OR REPLACE FUNCTION enrolment.mt_grams_array(words text, use_unaccent boolean DEFAULT false)
        RETURNS text[]
        LANGUAGE plpgsql
        IMMUTABLE STRICT
AS $function$
        DECLARE
result text[];
        DECLARE
word text;
        DECLARE
clean_word text;
BEGIN
                FOREACH
word IN ARRAY string_to_array(words, ' ')
                LOOP
                     clean_word = regexp_replace(enrolment.mt_safe_unaccent(use_unaccent, word), '[^a-zA-Z0-9]+', '','g');
FOR i IN 1 .. length(clean_word)
                     LOOP
                         result := result || quote_literal(substr(lower(clean_word), i, 1));
                         result
:= result || quote_literal(substr(lower(clean_word), i, 2));
                         result
:= result || quote_literal(substr(lower(clean_word), i, 3));
END LOOP;
END LOOP;

RETURN ARRAY(SELECT DISTINCT e FROM unnest(result) AS a(e) ORDER BY e);
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_append(jsonb, text[], jsonb, boolean, jsonb default null::jsonb)
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    location ALIAS FOR $2;
    val ALIAS FOR $3;
    if_not_exists ALIAS FOR $4;
    patch_expression ALIAS FOR $5;
    tmp_value jsonb;
BEGIN
    tmp_value = retval #> location;
    IF tmp_value IS NOT NULL AND jsonb_typeof(tmp_value) = 'array' THEN
        CASE
            WHEN NOT if_not_exists THEN
                retval = jsonb_set(retval, location, tmp_value || val, FALSE);
            WHEN patch_expression IS NULL AND jsonb_typeof(val) = 'object' AND NOT tmp_value @> jsonb_build_array(val) THEN
                retval = jsonb_set(retval, location, tmp_value || val, FALSE);
            WHEN patch_expression IS NULL AND jsonb_typeof(val) <> 'object' AND NOT tmp_value @> val THEN
                retval = jsonb_set(retval, location, tmp_value || val, FALSE);
            WHEN patch_expression IS NOT NULL AND jsonb_typeof(patch_expression) = 'array' AND jsonb_array_length(patch_expression) = 0 THEN
                retval = jsonb_set(retval, location, tmp_value || val, FALSE);
            ELSE NULL;
            END CASE;
    END IF;
    RETURN retval;
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_append_key_value(jsonb, text[], jsonb, boolean)
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    location ALIAS FOR $2;
    val ALIAS FOR $3;
    if_not_exists ALIAS FOR $4;
    tmp_value jsonb;
    _key text;
BEGIN
    tmp_value = retval #> location;

    IF tmp_value IS NOT NULL AND jsonb_typeof(tmp_value) = 'object' THEN
        CASE
            WHEN NOT if_not_exists THEN
                retval = jsonb_set(retval, location, tmp_value || val, FALSE);
            WHEN NOT tmp_value ?| ARRAY(SELECT jsonb_object_keys(val)) THEN
                retval = jsonb_set(retval, location, tmp_value || val, FALSE);
            ELSE NULL;
        END CASE;
    END IF;
    RETURN retval;
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_copy(jsonb, text[], text[])
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    src_path ALIAS FOR $2;
    dst_path ALIAS FOR $3;
    tmp_value jsonb;
BEGIN
    tmp_value = retval #> src_path;
    retval = enrolment.mt_jsonb_fix_null_parent(retval, dst_path);
    RETURN jsonb_set(retval, dst_path, tmp_value::jsonb, TRUE);
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_duplicate(jsonb, text[], jsonb)
RETURNS jsonb
LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    location ALIAS FOR $2;
    targets ALIAS FOR $3;
    tmp_value jsonb;
    target_path text[];
    target text;
BEGIN
    FOR target IN SELECT jsonb_array_elements_text(targets)
    LOOP
        target_path = enrolment.mt_jsonb_path_to_array(target, '\.');
        retval = enrolment.mt_jsonb_copy(retval, location, target_path);
    END LOOP;

    RETURN retval;
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_fix_null_parent(jsonb, text[])
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
retval ALIAS FOR $1;
    dst_path ALIAS FOR $2;
    dst_path_segment text[] = ARRAY[]::text[];
    dst_path_array_length integer;
    i integer = 1;
BEGIN
    dst_path_array_length = array_length(dst_path, 1);
    WHILE i <=(dst_path_array_length - 1)
    LOOP
        dst_path_segment = dst_path_segment || ARRAY[dst_path[i]];
        IF retval #> dst_path_segment IS NULL OR retval #> dst_path_segment = 'null'::jsonb THEN
            retval = jsonb_set(retval, dst_path_segment, '{}'::jsonb, TRUE);
        END IF;
        i = i + 1;
    END LOOP;

    RETURN retval;
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_increment(jsonb, text[], numeric)
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
retval ALIAS FOR $1;
    location ALIAS FOR $2;
    increment_value ALIAS FOR $3;
    tmp_value jsonb;
BEGIN
    tmp_value = retval #> location;
    IF tmp_value IS NULL THEN
        tmp_value = to_jsonb(0);
END IF;

RETURN jsonb_set(retval, location, to_jsonb(tmp_value::numeric + increment_value), TRUE);
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_insert(jsonb, text[], jsonb, integer, boolean, jsonb default null::jsonb)
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    location ALIAS FOR $2;
    val ALIAS FOR $3;
    elm_index ALIAS FOR $4;
    if_not_exists ALIAS FOR $5;
    patch_expression ALIAS FOR $6;
    tmp_value jsonb;
BEGIN
    tmp_value = retval #> location;
    IF tmp_value IS NOT NULL AND jsonb_typeof(tmp_value) = 'array' THEN
        IF elm_index IS NULL THEN
            elm_index = jsonb_array_length(tmp_value) + 1;
        END IF;
        CASE
            WHEN NOT if_not_exists THEN
                retval = jsonb_insert(retval, location || elm_index::text, val);
            WHEN patch_expression IS NULL AND jsonb_typeof(val) = 'object' AND NOT tmp_value @> jsonb_build_array(val) THEN
                retval = jsonb_insert(retval, location || elm_index::text, val);
            WHEN patch_expression IS NULL AND jsonb_typeof(val) <> 'object' AND NOT tmp_value @> val THEN
                retval = jsonb_insert(retval, location || elm_index::text, val);
            WHEN patch_expression IS NOT NULL AND jsonb_typeof(patch_expression) = 'array' AND jsonb_array_length(patch_expression) = 0 THEN
                retval = jsonb_insert(retval, location || elm_index::text, val);
            ELSE NULL;
        END CASE;
    END IF;
    RETURN retval;
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_move(jsonb, text[], text)
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    src_path ALIAS FOR $2;
    dst_name ALIAS FOR $3;
    dst_path text[];
    tmp_value jsonb;
BEGIN
    tmp_value = retval #> src_path;
    retval = retval #- src_path;
    dst_path = src_path;
    dst_path[array_length(dst_path, 1)] = dst_name;
    retval = enrolment.mt_jsonb_fix_null_parent(retval, dst_path);
    RETURN jsonb_set(retval, dst_path, tmp_value, TRUE);
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_path_to_array(text, character)
    RETURNS text[]
    LANGUAGE plpgsql
AS $function$
DECLARE
    location ALIAS FOR $1;
    regex_pattern ALIAS FOR $2;
BEGIN
RETURN regexp_split_to_array(location, regex_pattern)::text[];
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_remove(jsonb, text[], jsonb)
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    location ALIAS FOR $2;
    val ALIAS FOR $3;
    tmp_value jsonb;
    tmp_remove jsonb;
    patch_remove jsonb;
BEGIN
    tmp_value = retval #> location;
    IF tmp_value IS NOT NULL AND jsonb_typeof(tmp_value) = 'array' THEN
        IF jsonb_typeof(val) = 'array' THEN
            tmp_remove = val;
        ELSE
            tmp_remove = jsonb_build_array(val);
        END IF;

        FOR patch_remove IN SELECT * FROM jsonb_array_elements(tmp_remove)
        LOOP
            tmp_value =(SELECT jsonb_agg(elem)
            FROM jsonb_array_elements(tmp_value) AS elem
            WHERE elem <> patch_remove);
        END LOOP;

        IF tmp_value IS NULL THEN
            tmp_value = '[]'::jsonb;
        END IF;
    END IF;
    RETURN jsonb_set(retval, location, tmp_value, FALSE);
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_remove_key(jsonb, text[], text)
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    location ALIAS FOR $2;
    _key ALIAS FOR $3;
    tmp_value jsonb;
    tmp_remove jsonb;
    patch_remove jsonb;
BEGIN
    tmp_value = retval #> location;
    IF tmp_value IS NOT NULL AND jsonb_typeof(tmp_value) = 'object' THEN
        RETURN jsonb_set(retval, location, tmp_value - _key, FALSE);
    END IF;
    RETURN retval;
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_jsonb_patch(jsonb, jsonb)
    RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    retval ALIAS FOR $1;
    patchset ALIAS FOR $2;
    patch jsonb;
    patch_path text[];
    patch_expression jsonb;
    value jsonb;
BEGIN
    FOR patch IN SELECT * from jsonb_array_elements(patchset)
    LOOP
        patch_path = enrolment.mt_jsonb_path_to_array((patch->>'path')::text, '\.');

        patch_expression = null;
        IF (patch->>'type') IN ('remove', 'append_if_not_exists', 'insert_if_not_exists') AND (patch->>'expression') IS NOT NULL THEN
            patch_expression = jsonb_path_query_array(retval #> patch_path, (patch->>'expression')::jsonpath);
        END IF;

        CASE patch->>'type'
            WHEN 'set' THEN
                retval = jsonb_set(retval, patch_path, (patch->'value')::jsonb, TRUE);
            WHEN 'delete' THEN
                retval = retval#-patch_path;
            WHEN 'append' THEN
                retval = enrolment.mt_jsonb_append(retval, patch_path, (patch->'value')::jsonb, FALSE);
            WHEN 'append_if_not_exists' THEN
                retval = enrolment.mt_jsonb_append(retval, patch_path, (patch->'value')::jsonb, TRUE, patch_expression);
            WHEN 'append_key_value' THEN
                retval = enrolment.mt_jsonb_append_key_value(retval, patch_path, (patch->'key_value')::jsonb, FALSE);
            WHEN 'append_key_value_if_not_exists' THEN
                retval = enrolment.mt_jsonb_append_key_value(retval, patch_path, (patch->'key_value')::jsonb, TRUE);
            WHEN 'insert' THEN
                retval = enrolment.mt_jsonb_insert(retval, patch_path, (patch->'value')::jsonb, (patch->>'index')::integer, FALSE);
            WHEN 'insert_if_not_exists' THEN
                retval = enrolment.mt_jsonb_insert(retval, patch_path, (patch->'value')::jsonb, (patch->>'index')::integer, TRUE, patch_expression);
            WHEN 'remove' THEN
                retval = enrolment.mt_jsonb_remove(retval, patch_path, COALESCE(patch_expression, (patch->'value')::jsonb));
            WHEN 'remove_key' THEN
                retval = enrolment.mt_jsonb_remove_key(retval, patch_path, (patch->>'key'));
            WHEN 'duplicate' THEN
                retval = enrolment.mt_jsonb_duplicate(retval, patch_path, (patch->'targets')::jsonb);
            WHEN 'rename' THEN
                retval = enrolment.mt_jsonb_move(retval, patch_path, (patch->>'to')::text);
            WHEN 'increment' THEN
                retval = enrolment.mt_jsonb_increment(retval, patch_path, (patch->>'increment')::numeric);
            WHEN 'increment_float' THEN
                retval = enrolment.mt_jsonb_increment(retval, patch_path, (patch->>'increment')::numeric);
            ELSE NULL;
        END CASE;
    END LOOP;
    RETURN retval;
END;
$function$;


CREATE
OR REPLACE FUNCTION enrolment.mt_safe_unaccent(use_unaccent BOOLEAN, word TEXT)
        RETURNS TEXT
        LANGUAGE plpgsql
        IMMUTABLE STRICT
AS $function$
BEGIN
IF use_unaccent THEN
    RETURN public.unaccent(word);
ELSE
    RETURN word;
END IF;
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.trigrams(words text)
 RETURNS text[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
    found text[] := array[]::text[];
    word text;
begin
    foreach word in array string_to_array(words, ' ') loop
        for at in 1 .. char_length(word) - 2 loop found := found || substr(word, at, 3); end loop;
    end loop;
    return found;
end
$function$;
CREATE TABLE IF NOT EXISTS enrolment.signing_keys (
    name    varchar    NOT NULL,
    xml     varchar    NOT NULL,
CONSTRAINT pkey_signing_keys_name PRIMARY KEY (name)
);
CREATE TABLE IF NOT EXISTS enrolment.audit_entries (
    id         uuid                        NOT NULL,
    at         timestamp with time zone    NOT NULL,
    kind       varchar                     NOT NULL,
    by_kind    varchar                     NOT NULL,
    by_id      uuid                        NULL,
    by_name    varchar                     NOT NULL,
    whom       uuid                        NULL,
    what       varchar                     NOT NULL,
    count      integer                     NULL,
    address    varchar                     NULL,
CONSTRAINT pkey_audit_entries_id PRIMARY KEY (id)
);

CREATE INDEX audit_entries_at ON enrolment.audit_entries USING btree (at, id);

CREATE INDEX audit_entries_by ON enrolment.audit_entries USING btree (by_id, at);

CREATE INDEX audit_entries_whom ON enrolment.audit_entries USING btree (whom, at);
CREATE OR REPLACE FUNCTION enrolment.audit_guard()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    if tg_op = 'DELETE' then
        if old.at < now() - interval '365 days' and current_setting('enrolment.audit_thinning', true) = 'on' then
            return old;
        end if;
    end if;
    raise exception 'The audit is only added to: % is refused.', tg_op using errcode = 'restrict_violation';
end;
$function$;
CREATE OR REPLACE TRIGGER audit_lines BEFORE UPDATE OR DELETE ON enrolment.audit_entries
  FOR EACH ROW EXECUTE FUNCTION enrolment.audit_guard();
CREATE OR REPLACE TRIGGER audit_whole BEFORE TRUNCATE ON enrolment.audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION enrolment.audit_guard();
CREATE OR REPLACE FUNCTION enrolment.audit_thin(before timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
    gone bigint;
begin
    perform set_config('enrolment.audit_thinning', 'on', true);
    delete from enrolment.audit_entries where at < before;
    get diagnostics gone = row_count;
    perform set_config('enrolment.audit_thinning', 'off', true);
    return gone;
end;
$function$;
CREATE TABLE IF NOT EXISTS enrolment.change_rows (
    change_id    uuid       NOT NULL,
    seq          integer    NOT NULL,
    part         integer    NOT NULL,
    kind         varchar    NOT NULL,
    stream_id    uuid       NOT NULL,
    before       integer    NOT NULL,
    after        integer    NOT NULL,
    state        varchar    NOT NULL,
    why          varchar    NULL,
CONSTRAINT pkey_change_rows_change_id_seq PRIMARY KEY (change_id, seq)
);

CREATE INDEX change_rows_idx_state ON enrolment.change_rows USING btree (change_id, state, part);
CREATE TABLE IF NOT EXISTS enrolment.receipt_numbers (
    of_year    varchar    NOT NULL,
    last       integer    NOT NULL,
CONSTRAINT pkey_receipt_numbers_of_year PRIMARY KEY (of_year)
);
CREATE TABLE IF NOT EXISTS enrolment.import_files (
    import_id    uuid     NOT NULL,
    bytes        bytea    NOT NULL,
CONSTRAINT pkey_import_files_import_id PRIMARY KEY (import_id)
);
CREATE TABLE IF NOT EXISTS enrolment.import_rows (
    import_id    uuid       NOT NULL,
    number       integer    NOT NULL,
    cells        text[]     NOT NULL,
CONSTRAINT pkey_import_rows_import_id_number PRIMARY KEY (import_id, number)
);
CREATE TABLE IF NOT EXISTS enrolment.import_verdicts (
    import_id    uuid       NOT NULL,
    number       integer    NOT NULL,
    place        integer    NULL,
    kind         varchar    NOT NULL,
    why          varchar    NULL,
    twin         integer    NULL,
    person_id    uuid       NULL,
    lead_id      uuid       NULL,
    became       varchar    NULL,
CONSTRAINT pkey_import_verdicts_import_id_number PRIMARY KEY (import_id, number)
);

CREATE INDEX import_verdicts_place ON enrolment.import_verdicts USING btree (import_id, place);

CREATE INDEX import_verdicts_kind ON enrolment.import_verdicts USING btree (import_id, kind, number);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_accesslink (
    id      varchar    NOT NULL,
    data    jsonb      NOT NULL,
CONSTRAINT pkey_mt_doc_accesslink_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_accesslink_idx_user_id ON enrolment.mt_doc_accesslink USING btree ((CAST(data ->> 'UserId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_askedlinks (
    id      varchar    NOT NULL,
    data    jsonb      NOT NULL,
CONSTRAINT pkey_mt_doc_askedlinks_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_attendanceday (
    id      varchar    NOT NULL,
    data    jsonb      NOT NULL,
CONSTRAINT pkey_mt_doc_attendanceday_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_attendanceday_idx_batch_id ON enrolment.mt_doc_attendanceday USING btree ((CAST(data ->> 'BatchId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_backuprecord (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_backuprecord_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_backupwatch (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_backupwatch_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_bankcredit (
    id          uuid       NOT NULL,
    data        jsonb      NOT NULL,
    standing    varchar    NULL,
CONSTRAINT pkey_mt_doc_bankcredit_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_bankcredit_idx_standing ON enrolment.mt_doc_bankcredit USING btree (standing, id);

CREATE INDEX mt_doc_bankcredit_idx_payment_id ON enrolment.mt_doc_bankcredit USING btree ((CAST(data ->> 'PaymentId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_bankstatement (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_bankstatement_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_batch (
    id               uuid                        NOT NULL,
    data             jsonb                       NOT NULL,
    next_hold_end    timestamp with time zone    NULL,
CONSTRAINT pkey_mt_doc_batch_id PRIMARY KEY (id)
);

CREATE UNIQUE INDEX mt_doc_batch_uidx_code ON enrolment.mt_doc_batch USING btree ((data ->> 'Code'));

CREATE INDEX mt_doc_batch_idx_course_id ON enrolment.mt_doc_batch USING btree ((CAST(data ->> 'CourseId' as uuid)));

CREATE INDEX mt_doc_batch_idx_next_hold_end ON enrolment.mt_doc_batch USING btree (next_hold_end);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_bulkorder (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_bulkorder_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_cashclosing (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_cashclosing_id PRIMARY KEY (id)
);

CREATE UNIQUE INDEX mt_doc_cashclosing_uidx_number ON enrolment.mt_doc_cashclosing USING btree ((CAST(data ->> 'Number' as integer)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_change (
    id        uuid                        NOT NULL,
    data      jsonb                       NOT NULL,
    at        timestamp with time zone    NULL,
    status    varchar                     NULL,
CONSTRAINT pkey_mt_doc_change_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_change_idx_at ON enrolment.mt_doc_change USING btree (at, id);

CREATE INDEX mt_doc_change_idx_status ON enrolment.mt_doc_change USING btree (status);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_course (
    id            uuid     NOT NULL,
    data          jsonb    NOT NULL,
    mt_version    uuid     NOT NULL DEFAULT (md5(random()::text || clock_timestamp()::text)::uuid),
CONSTRAINT pkey_mt_doc_course_id PRIMARY KEY (id)
);

CREATE UNIQUE INDEX mt_doc_course_uidx_code ON enrolment.mt_doc_course USING btree ((data ->> 'Code'));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_deadletterevent (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_deadletterevent_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_duereminder (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
    day     date     NULL,
CONSTRAINT pkey_mt_doc_duereminder_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_duereminder_idx_day ON enrolment.mt_doc_duereminder USING btree (day);

CREATE INDEX mt_doc_duereminder_idx_enrolment_id ON enrolment.mt_doc_duereminder USING btree ((CAST(data ->> 'EnrolmentId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_enquiry (
    id             uuid     NOT NULL,
    data           jsonb    NOT NULL,
    shared_form    uuid     NULL,
CONSTRAINT pkey_mt_doc_enquiry_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_enquiry_idx_reference ON enrolment.mt_doc_enquiry USING btree ((data ->> 'Reference'));

CREATE INDEX mt_doc_enquiry_idx_shared_form ON enrolment.mt_doc_enquiry USING btree (shared_form) WHERE (shared_form is not null);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_enrolment (
    id            uuid      NOT NULL,
    data          jsonb     NOT NULL,
    mt_version    bigint    NOT NULL DEFAULT 0,
    lead_id       uuid      NULL,
    due_on        date      NULL,
    held          bigint    NULL,
CONSTRAINT pkey_mt_doc_enrolment_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_enrolment_idx_lead_id ON enrolment.mt_doc_enrolment USING btree (lead_id);

CREATE UNIQUE INDEX mt_doc_enrolment_uidx_roll_number ON enrolment.mt_doc_enrolment USING btree ((data ->> 'RollNumber'));

CREATE INDEX mt_doc_enrolment_idx_batch_id ON enrolment.mt_doc_enrolment USING btree ((CAST(data ->> 'BatchId' as uuid)));

CREATE INDEX mt_doc_enrolment_idx_person_id ON enrolment.mt_doc_enrolment USING btree ((CAST(data ->> 'PersonId' as uuid)));

CREATE INDEX mt_doc_enrolment_idx_due_on ON enrolment.mt_doc_enrolment USING btree (due_on, id);

CREATE INDEX mt_doc_enrolment_idx_held ON enrolment.mt_doc_enrolment USING btree (held, lead_id);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_erasure (
    id      varchar    NOT NULL,
    data    jsonb      NOT NULL,
CONSTRAINT pkey_mt_doc_erasure_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_import (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_import_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_instituteprofile (
    id            uuid     NOT NULL,
    data          jsonb    NOT NULL,
    mt_version    uuid     NOT NULL DEFAULT (md5(random()::text || clock_timestamp()::text)::uuid),
CONSTRAINT pkey_mt_doc_instituteprofile_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_keptlonger (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_keptlonger_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_lead (
    id                  uuid                        NOT NULL,
    data                jsonb                       NOT NULL,
    mt_version          bigint                      NOT NULL DEFAULT 0,
    stage               varchar                     NULL,
    counsellor_id       uuid                        NULL,
    course_id           uuid                        NULL,
    source_name         varchar                     NULL,
    received_at         timestamp with time zone    NULL,
    last_activity_at    timestamp with time zone    NULL,
    follow_up_due_at    timestamp with time zone    NULL,
    unplanned_since     timestamp with time zone    NULL,
    unanswered_since    timestamp with time zone    NULL,
    asked_at            timestamp with time zone    NULL,
    person_id           uuid                        NULL,
CONSTRAINT pkey_mt_doc_lead_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_lead_idx_stage ON enrolment.mt_doc_lead USING btree (stage, received_at, id);

CREATE INDEX mt_doc_lead_idx_counsellor_id ON enrolment.mt_doc_lead USING btree (counsellor_id, received_at, id) INCLUDE (stage);

CREATE INDEX mt_doc_lead_idx_course_id ON enrolment.mt_doc_lead USING btree (course_id, received_at, id);

CREATE INDEX mt_doc_lead_idx_source_name ON enrolment.mt_doc_lead USING btree (source_name, received_at, id);

CREATE INDEX mt_doc_lead_idx_received_at ON enrolment.mt_doc_lead USING btree (received_at, id) INCLUDE (person_id);

CREATE INDEX mt_doc_lead_idx_last_activity_at ON enrolment.mt_doc_lead USING btree (last_activity_at, id);

CREATE INDEX mt_doc_lead_idx_follow_up_due_at ON enrolment.mt_doc_lead USING btree (follow_up_due_at, id) WHERE (follow_up_due_at is not null);

CREATE INDEX mt_doc_lead_idx_unplanned_since ON enrolment.mt_doc_lead USING btree (unplanned_since, id) WHERE (unplanned_since is not null);

CREATE INDEX mt_doc_lead_idx_unanswered_since ON enrolment.mt_doc_lead USING btree (unanswered_since, id) WHERE (unanswered_since is not null);

CREATE INDEX mt_doc_lead_idx_asked_at ON enrolment.mt_doc_lead USING btree (asked_at) WHERE (asked_at is not null);

CREATE INDEX mt_doc_lead_idx_person_id ON enrolment.mt_doc_lead USING btree (person_id);

CREATE INDEX mt_doc_lead_idx_counsellor_idfollow_up_due_at ON enrolment.mt_doc_lead USING btree ((counsellor_id), (follow_up_due_at)) WHERE (follow_up_due_at is not null);

CREATE INDEX mt_doc_lead_idx_counsellor_idlast_activity_at ON enrolment.mt_doc_lead USING btree ((counsellor_id), (last_activity_at)) WHERE (unanswered_since is not null);

CREATE INDEX mt_doc_lead_idx_counsellor_idstageunplanned_since ON enrolment.mt_doc_lead USING btree ((counsellor_id), (stage), (unplanned_since)) WHERE (unplanned_since is not null);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_ledgerentry (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
    day     date     NULL,
CONSTRAINT pkey_mt_doc_ledgerentry_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_ledgerentry_idx_day ON enrolment.mt_doc_ledgerentry USING btree (day);

CREATE INDEX mt_doc_ledgerentry_idx_enrolment_id ON enrolment.mt_doc_ledgerentry USING btree ((CAST(data ->> 'EnrolmentId' as uuid)));

CREATE INDEX mt_doc_ledgerentry_idx_plain_reference ON enrolment.mt_doc_ledgerentry USING btree ((data ->> 'PlainReference'));

CREATE INDEX mt_doc_ledgerentry_idx_reverses ON enrolment.mt_doc_ledgerentry USING btree ((CAST(data ->> 'Reverses' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_outboxmessage (
    id        uuid                        NOT NULL,
    data      jsonb                       NOT NULL,
    status    varchar                     NULL,
    due_at    timestamp with time zone    NULL,
CONSTRAINT pkey_mt_doc_outboxmessage_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_outboxmessage_idx_status ON enrolment.mt_doc_outboxmessage USING btree (status, due_at) WHERE (status <> 'Queued');

CREATE INDEX mt_doc_outboxmessage_idx_due_at ON enrolment.mt_doc_outboxmessage USING btree (due_at) WHERE (status = 'Queued');

CREATE INDEX mt_doc_outboxmessage_idx_person_id ON enrolment.mt_doc_outboxmessage USING btree ((CAST(data ->> 'PersonId' as uuid)));

CREATE INDEX mt_doc_outboxmessage_idx_lead_id ON enrolment.mt_doc_outboxmessage USING btree ((CAST(data ->> 'LeadId' as uuid)));

CREATE INDEX mt_doc_outboxmessage_idx_to ON enrolment.mt_doc_outboxmessage USING btree (lower(data ->> 'To')) WHERE ((data ->> 'PersonId') is null);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_passkey (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_passkey_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_passkey_idx_user_id ON enrolment.mt_doc_passkey USING btree ((CAST(data ->> 'UserId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_person (
    id             uuid         NOT NULL,
    data           jsonb        NOT NULL,
    mt_version     bigint       NOT NULL DEFAULT 0,
    sort_name      varchar      NULL,
    keys           varchar[]    NULL,
    search_text    varchar      NULL,
CONSTRAINT pkey_mt_doc_person_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_person_idx_sort_name ON enrolment.mt_doc_person USING btree (sort_name COLLATE "C");

CREATE INDEX mt_doc_person_idx_keys ON enrolment.mt_doc_person USING gin (keys) WITH (fastupdate='off');

CREATE INDEX mt_doc_person_idx_search_text ON enrolment.mt_doc_person USING gin (enrolment.trigrams((search_text)::text));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_possibleduplicate (
    id            varchar                     NOT NULL,
    data          jsonb                       NOT NULL,
    newer         uuid                        NULL,
    older         uuid                        NULL,
    found_at      timestamp with time zone    NULL,
    decided_at    timestamp with time zone    NULL,
    weight        integer                     NULL,
CONSTRAINT pkey_mt_doc_possibleduplicate_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_possibleduplicate_idx_newer ON enrolment.mt_doc_possibleduplicate USING btree (newer);

CREATE INDEX mt_doc_possibleduplicate_idx_older ON enrolment.mt_doc_possibleduplicate USING btree (older);

CREATE INDEX mt_doc_possibleduplicate_idx_found_at ON enrolment.mt_doc_possibleduplicate USING btree (found_at);

CREATE INDEX mt_doc_possibleduplicate_idx_decided_at ON enrolment.mt_doc_possibleduplicate USING btree (decided_at);

CREATE INDEX mt_doc_possibleduplicate_idx_weight ON enrolment.mt_doc_possibleduplicate USING btree (weight, found_at, id) WHERE (decided_at is null);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_privacysettings (
    id            uuid     NOT NULL,
    data          jsonb    NOT NULL,
    mt_version    uuid     NOT NULL DEFAULT (md5(random()::text || clock_timestamp()::text)::uuid),
CONSTRAINT pkey_mt_doc_privacysettings_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_queuepause (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_queuepause_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_receipt (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_receipt_id PRIMARY KEY (id)
);

CREATE UNIQUE INDEX mt_doc_receipt_uidx_number ON enrolment.mt_doc_receipt USING btree ((data ->> 'Number'));

CREATE INDEX mt_doc_receipt_idx_enrolment_id ON enrolment.mt_doc_receipt USING btree ((CAST(data ->> 'EnrolmentId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_rememberedcolumns (
    id      varchar    NOT NULL,
    data    jsonb      NOT NULL,
CONSTRAINT pkey_mt_doc_rememberedcolumns_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_retentionrun (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_retentionrun_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_savedview (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_savedview_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_savedview_idx_owner_id ON enrolment.mt_doc_savedview USING btree ((CAST(data ->> 'OwnerId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_sentform (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_sentform_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_signintries (
    id      varchar    NOT NULL,
    data    jsonb      NOT NULL,
CONSTRAINT pkey_mt_doc_signintries_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_sourcebook (
    id            uuid     NOT NULL,
    data          jsonb    NOT NULL,
    mt_version    uuid     NOT NULL DEFAULT (md5(random()::text || clock_timestamp()::text)::uuid),
CONSTRAINT pkey_mt_doc_sourcebook_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_staffsession (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_staffsession_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_staffsession_idx_user_id ON enrolment.mt_doc_staffsession USING btree ((CAST(data ->> 'UserId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_stoppedaddress (
    id      varchar    NOT NULL,
    data    jsonb      NOT NULL,
CONSTRAINT pkey_mt_doc_stoppedaddress_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_suspectedenquiry (
    id             uuid                        NOT NULL,
    data           jsonb                       NOT NULL,
    form_id        uuid                        NULL,
    state          varchar                     NULL,
    received_at    timestamp with time zone    NULL,
CONSTRAINT pkey_mt_doc_suspectedenquiry_id PRIMARY KEY (id)
);

CREATE INDEX mt_doc_suspectedenquiry_idx_form_id ON enrolment.mt_doc_suspectedenquiry USING btree (form_id);

CREATE INDEX mt_doc_suspectedenquiry_idx_state ON enrolment.mt_doc_suspectedenquiry USING btree (state, received_at);

CREATE INDEX mt_doc_suspectedenquiry_idx_received_at ON enrolment.mt_doc_suspectedenquiry USING btree (received_at);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_taxnote (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_taxnote_id PRIMARY KEY (id)
);

CREATE UNIQUE INDEX mt_doc_taxnote_uidx_number ON enrolment.mt_doc_taxnote USING btree ((data ->> 'Number'));

CREATE INDEX mt_doc_taxnote_idx_enrolment_id ON enrolment.mt_doc_taxnote USING btree ((CAST(data ->> 'EnrolmentId' as uuid)));
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_usedchallenge (
    id      uuid     NOT NULL,
    data    jsonb    NOT NULL,
CONSTRAINT pkey_mt_doc_usedchallenge_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_doc_user (
    id            uuid     NOT NULL,
    data          jsonb    NOT NULL,
    mt_version    uuid     NOT NULL DEFAULT (md5(random()::text || clock_timestamp()::text)::uuid),
CONSTRAINT pkey_mt_doc_user_id PRIMARY KEY (id)
);

CREATE UNIQUE INDEX mt_doc_user_uidx_normalized_email ON enrolment.mt_doc_user USING btree ((data ->> 'NormalizedEmail'));
CREATE TABLE IF NOT EXISTS enrolment.mt_streams (
    id                   uuid           NOT NULL,
    type                 varchar        NULL,
    version              bigint         NULL,
    timestamp            timestamptz    NOT NULL DEFAULT (now()),
    created              timestamptz    NOT NULL DEFAULT (now()),
    tenant_id            varchar        NULL DEFAULT '*DEFAULT*',
    compacted_version    bigint         NOT NULL DEFAULT 0,
    is_archived          bool           NULL DEFAULT FALSE,
CONSTRAINT pkey_mt_streams_id PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_events (
    seq_id            bigint                      NOT NULL,
    id                uuid                        NOT NULL,
    stream_id         uuid                        NULL,
    version           bigint                      NOT NULL,
    data              jsonb                       NOT NULL,
    bdata             bytea                       NULL,
    type              varchar(500)                NOT NULL,
    timestamp         timestamp with time zone    NOT NULL DEFAULT '(now())',
    tenant_id         varchar                     NULL DEFAULT '*DEFAULT*',
    mt_dotnet_type    varchar                     NULL,
    is_archived       bool                        NULL DEFAULT FALSE,
CONSTRAINT pkey_mt_events_seq_id PRIMARY KEY (seq_id)
);

DO $do$
BEGIN
ALTER TABLE enrolment.mt_events
ADD CONSTRAINT fkey_mt_events_stream_id FOREIGN KEY(stream_id)
REFERENCES enrolment.mt_streams(id)ON DELETE CASCADE
;
EXCEPTION
    WHEN duplicate_object THEN NULL;
END
$do$;

CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON enrolment.mt_events USING btree (stream_id, version);
CREATE SEQUENCE enrolment.mt_events_sequence;
ALTER SEQUENCE enrolment.mt_events_sequence OWNED BY enrolment.mt_events.seq_id;
CREATE TABLE IF NOT EXISTS enrolment.mt_event_progression (
    name                         varchar                     NOT NULL,
    last_seq_id                  bigint                      NULL,
    last_updated                 timestamp with time zone    NULL DEFAULT (transaction_timestamp()),
    mode                         varchar                     NULL DEFAULT 'none',
    rebuild_threshold            integer                     NULL DEFAULT 0,
    assigned_node                integer                     NULL DEFAULT 0,
    heartbeat                    timestamp with time zone    NULL,
    agent_status                 varchar(20)                 NULL,
    pause_reason                 text                        NULL,
    running_on_node              integer                     NULL,
    warning_behind_threshold     bigint                      NULL,
    critical_behind_threshold    bigint                      NULL,
    failure_category             varchar(50)                 NULL,
    failure_event_sequence       bigint                      NULL,
    failure_event_type           varchar(500)                NULL,
    failure_event_tenant_id      varchar(500)                NULL,
CONSTRAINT pk_mt_event_progression PRIMARY KEY (name)
);
CREATE TABLE IF NOT EXISTS enrolment.mt_event_projection_floors (
    name            varchar                     NOT NULL,
    tenant_id       varchar                     NOT NULL,
    floor           bigint                      NOT NULL,
    last_updated    timestamp with time zone    NULL DEFAULT (transaction_timestamp()),
CONSTRAINT pkey_mt_event_projection_floors_name_tenant_id PRIMARY KEY (name, tenant_id)
);
CREATE
OR REPLACE FUNCTION enrolment.mt_mark_event_progression(name varchar, last_encountered bigint) RETURNS VOID LANGUAGE plpgsql AS
$function$
BEGIN
INSERT INTO enrolment.mt_event_progression (name, last_seq_id, last_updated)
VALUES (name, last_encountered, transaction_timestamp())
ON CONFLICT ON CONSTRAINT pk_mt_event_progression
    DO
UPDATE SET last_seq_id = last_encountered, last_updated = transaction_timestamp();

END;

$function$;



CREATE OR REPLACE FUNCTION enrolment.mt_archive_stream(streamid uuid) RETURNS VOID LANGUAGE plpgsql AS
$function$
BEGIN
  update enrolment.mt_streams set is_archived = TRUE where id = streamid ;
  update enrolment.mt_events set is_archived = TRUE where stream_id = streamid ;
END;
$function$;


CREATE OR REPLACE FUNCTION enrolment.mt_quick_append_events(stream uuid, stream_type varchar, tenantid varchar, event_ids uuid[], event_types varchar[], dotnet_types varchar[], bodies jsonb[], bdatas bytea[], timestamps timestamp with time zone[], expected_version bigint DEFAULT NULL::bigint) RETURNS bigint[] AS $$
DECLARE
	event_version bigint;
	stream_is_archived boolean;
	event_type varchar;
	event_id uuid;
	body jsonb;
	index int;
	seq bigint;
    actual_tenant varchar;
    is_new_stream boolean := false;
	return_value bigint[];
BEGIN
    if expected_version IS NOT NULL then
        -- COALESCE turns the NULL we get for a brand-new stream into 0, so a
        -- FetchForWriting against a non-existent stream (which sets
        -- ExpectedVersionOnServer = 0) and a StartStream(id, version: 0) both
        -- land on the new-stream branch instead of mis-firing the guard.
        select version, is_archived into event_version, stream_is_archived from enrolment.mt_streams where id = stream;
        if COALESCE(event_version, 0) != expected_version then
            RAISE EXCEPTION 'Stream version mismatch on ''%'': expected %, actual %', stream, expected_version, COALESCE(event_version, 0) USING ERRCODE = 'MT003';
        end if;
    else
        select version, is_archived into event_version, stream_is_archived from enrolment.mt_streams where id = stream;
    end if;

	if event_version IS NULL then
		event_version = 0;
		is_new_stream := true;
		-- #5456 follow-up: insert the FINAL version straight away rather than 0 plus a
		-- trailing UPDATE of the row we just wrote in this same transaction. That UPDATE
		-- is a second heap tuple + WAL record per stream creation for no observable gain
		-- -- nothing outside this transaction can see the intermediate 0. The trailing
		-- UPDATE below is skipped for this branch via is_new_stream.
		insert into enrolment.mt_streams (id, type, version, timestamp, tenant_id) values (stream, stream_type, COALESCE(array_length(event_ids, 1), 0), now(), tenantid);
    else
        if stream_is_archived then
            RAISE EXCEPTION 'Attempted to append event to archived stream with Id ''%''.', stream USING ERRCODE = 'MT001';
        end if;
        if tenantid IS NOT NULL then
            select tenant_id into actual_tenant from enrolment.mt_streams where id = stream;
            if actual_tenant != tenantid then
                RAISE EXCEPTION 'The tenantid does not match the existing stream';
            end if;
        end if;
	end if;

	index := 1;
	-- #5062: array_length('{}', 1) is NULL in PostgreSQL, not 0, so a call with an
	-- empty event array used to return ARRAY[NULL] -- a bigint[] whose only element
	-- is NULL, which Npgsql cannot read into long[] ('Cannot read a non-nullable
	-- collection of elements because the returned array contains nulls'). COALESCE
	-- makes the empty case mean what it says: zero events appended, so the final
	-- version is the stream's current version.
	return_value := ARRAY[event_version + COALESCE(array_length(event_ids, 1), 0)];

	foreach event_id in ARRAY event_ids
	loop
        seq := nextval('enrolment.mt_events_sequence');
		return_value := array_append(return_value, seq);

	    event_version := event_version + 1;
		event_type = event_types[index];
		body = bodies[index];

		-- #4515 / #4578 / Phase 2: bdatas[index] carries the binary payload
		-- for events opted in to binary serialization (NULL otherwise).
		-- bodies[index] is the {} JSON placeholder for those events so the
		-- existing data jsonb NOT NULL constraint stays intact.
		insert into enrolment.mt_events
			(seq_id, id, stream_id, version, data, bdata, type, tenant_id, timestamp, mt_dotnet_type, is_archived)
		values
			(seq, event_id, stream, event_version, body, bdatas[index], event_type, tenantid, timestamps[index], dotnet_types[index], FALSE);

		index := index + 1;
	end loop;

	-- A brand-new stream already carries its final version from the insert above, so the
	-- UPDATE is only needed when we appended onto a stream that already existed.
	--
	-- #5539: and only when we actually appended something. With ZERO events this was a BLIND write-back
	-- of the version read at the top of the function, and under READ COMMITTED that is a lost update: the
	-- UPDATE waits on a concurrent appender's row lock, the winner commits, the WHERE clause is
	-- re-evaluated against the new row, and `set version = <the stale value>` lands -- leaving
	-- mt_streams.version BELOW the stream's own events. Every later append then computes a version that
	-- already exists and dies on pk_mt_events_stream_and_version, forever, until the row is repaired by
	-- hand. A non-empty call cannot do this: its first INSERT collides with the winner on that same
	-- primary key and rolls the whole thing back, which is why only the empty case was exposed.
	--
	-- Two independent guards, because either alone would have been enough and the cost of both is nil:
	--   * the append count -- appending nothing has nothing to write, so the correct number of statements
	--     is zero rather than one that happens to be harmless;
	--   * greatest(), so the write-back can never LOWER a stream's version whoever calls it. An append
	--     only ever moves a version forward, so this is a no-op on every correct path and a backstop on
	--     any future caller that reads the version and then writes it back.
	if not is_new_stream and COALESCE(array_length(event_ids, 1), 0) > 0 then
		update enrolment.mt_streams set version = greatest(version, event_version), timestamp = now() where id = stream;
	end if;

	return return_value;
END
$$ LANGUAGE plpgsql;

CREATE TABLE IF NOT EXISTS enrolment.mt_high_water_skips (
    ending_sequence      bigint                      NOT NULL,
    starting_sequence    bigint                      NOT NULL,
    timestamp            timestamp with time zone    NULL DEFAULT (transaction_timestamp()),
CONSTRAINT pkey_mt_high_water_skips_ending_sequence PRIMARY KEY (ending_sequence)
);
CREATE
OR REPLACE FUNCTION enrolment.mt_mark_progression_with_skip(shard_name varchar, ending_sequence bigint, starting_sequence bigint) RETURNS bigint AS
$$
DECLARE
    current_value bigint;
BEGIN
    select last_seq_id into current_value from enrolment.mt_event_progression where name = shard_name;

    IF current_value is null then
        -- Bootstrap the high-water row on first invocation. Previously this branch
        -- returned 0, which left HighWaterAgent.CheckNowAsync polling forever because
        -- statistics.CurrentMark never advanced. Issue #4425.
        INSERT INTO enrolment.mt_event_progression (name, last_seq_id, last_updated)
        VALUES (shard_name, ending_sequence, transaction_timestamp())
        ON CONFLICT ON CONSTRAINT pk_mt_event_progression
            DO UPDATE SET last_seq_id = ending_sequence, last_updated = transaction_timestamp();
        IF ending_sequence > starting_sequence THEN
            -- Idempotent: a rebuild/replay re-marks the same skip (ending_sequence is the
            -- PK). Re-recording an existing gap is a no-op. Conflict target is the PK
            -- constraint (the bare column name collides with the function parameter). #4530.
            insert into enrolment.mt_high_water_skips (ending_sequence, starting_sequence) values (ending_sequence, starting_sequence)
                on conflict on constraint pkey_mt_high_water_skips_ending_sequence do nothing;
        END IF;
        return ending_sequence;
    ELSIF current_value = starting_sequence THEN
        update enrolment.mt_event_progression SET last_seq_id = ending_sequence, last_updated = transaction_timestamp() where shard_name = name;
        insert into enrolment.mt_high_water_skips (ending_sequence, starting_sequence) values (ending_sequence, starting_sequence)
            on conflict on constraint pkey_mt_high_water_skips_ending_sequence do nothing;
        return ending_sequence;
    ELSE
        return current_value;
    END IF;
END
$$
LANGUAGE plpgsql;


CREATE TABLE IF NOT EXISTS enrolment.fee_changes (
    day          date       NULL,
    way          varchar    NULL,
    course_id    uuid       NULL,
    batch_id     uuid       NULL,
    cashier      varchar    NULL,
    label        varchar    NULL,
    receipts     bigint     NOT NULL,
    received     bigint     NOT NULL,
    reversed     bigint     NOT NULL,
    refunded     bigint     NOT NULL,
    moved        bigint     NOT NULL,
    agreed       bigint     NOT NULL,
    seats        bigint     NOT NULL,
    known        bigint     NOT NULL
);
CREATE TABLE IF NOT EXISTS enrolment.fee_spans (
    length      varchar    NOT NULL,
    starts      date       NOT NULL,
    kind        varchar    NOT NULL,
    name        varchar    NOT NULL,
    label       varchar    NULL,
    lines       bigint     NOT NULL,
    receipts    bigint     NOT NULL,
    received    bigint     NOT NULL,
    reversed    bigint     NOT NULL,
    refunded    bigint     NOT NULL,
    moved       bigint     NOT NULL,
    agreed      bigint     NOT NULL,
    seats       bigint     NOT NULL,
    known       bigint     NOT NULL,
CONSTRAINT pkey_fee_spans_length_starts_kind_name PRIMARY KEY (length, starts, kind, name)
);
CREATE OR REPLACE FUNCTION enrolment.fee_entry()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    insert into enrolment.fee_changes select (entry ->> 'Day')::date, entry ->> 'Way', (entry ->> 'CourseId')::uuid, (entry ->> 'BatchId')::uuid,
    coalesce(entry -> 'By' ->> 'UserId', entry ->> 'By'), coalesce(entry -> 'By' ->> 'Name', entry ->> 'By'),
    case when entry ->> 'Kind' = 'Payment' then sign else 0 end,
    case when entry ->> 'Kind' = 'Payment' then sign * (entry ->> 'Amount')::bigint else 0 end,
    case when entry ->> 'Kind' in ('Void', 'Bounce') then -sign * (entry ->> 'Amount')::bigint else 0 end,
    case when entry ->> 'Kind' in ('Refund', 'RefundReversal') then -sign * (entry ->> 'Amount')::bigint else 0 end,
    case when entry ->> 'Kind' = 'Transfer' then sign * (entry ->> 'Amount')::bigint else 0 end, 0, 0, 0
    from unnest(array[old.data, new.data], array[-1, 1]) e(entry, sign) where entry is not null;
    return null;
end;
$function$;
CREATE OR REPLACE FUNCTION enrolment.fee_seat()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    insert into enrolment.fee_changes select null::date, null::varchar, null::uuid, (seat ->> 'BatchId')::uuid, null::varchar, null::varchar, 0, 0, 0, 0, 0,
    sign * ((seat ->> 'Fee')::bigint - (seat ->> 'Discount')::bigint + (seat ->> 'Tax')::bigint - (seat ->> 'Waived')::bigint), sign * (seat ->> 'Left' is null)::int, sign
    from unnest(array[old.data, new.data], array[-1, 1]) s(seat, sign) where seat is not null;
    return null;
end;
$function$;
CREATE OR REPLACE TRIGGER fee_entry_rows AFTER INSERT OR UPDATE OR DELETE ON enrolment.mt_doc_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION enrolment.fee_entry();
CREATE OR REPLACE TRIGGER fee_seat_rows AFTER INSERT OR DELETE ON enrolment.mt_doc_enrolment
  FOR EACH ROW EXECUTE FUNCTION enrolment.fee_seat();
CREATE OR REPLACE TRIGGER fee_seat_moves AFTER UPDATE ON enrolment.mt_doc_enrolment
  FOR EACH ROW WHEN (old.data -> 'Fee' is distinct from new.data -> 'Fee' or old.data -> 'Discount' is distinct from new.data -> 'Discount' or old.data -> 'Tax' is distinct from new.data -> 'Tax' or old.data -> 'Waived' is distinct from new.data -> 'Waived' or old.data -> 'BatchId' is distinct from new.data -> 'BatchId' or old.data -> 'Left' is distinct from new.data -> 'Left')
  EXECUTE FUNCTION enrolment.fee_seat();
CREATE INDEX IF NOT EXISTS mt_events_idx_taken_back ON enrolment.mt_events USING btree (((data ->> 'PersonId')::uuid)) WHERE type in ('lead_restored', 'seat_restored', 'person_restored') and (data ->> 'As') is null;
CREATE TABLE IF NOT EXISTS enrolment.funnel_changes (
    received_at      timestamp with time zone    NULL,
    source           varchar                     NULL,
    counsellor_id    uuid                        NULL,
    enquiries        smallint                    NOT NULL,
    contacted        smallint                    NOT NULL,
    wait             bigint                      NULL,
    counselled       smallint                    NOT NULL,
    offered          smallint                    NOT NULL,
    enrolled         smallint                    NOT NULL,
    lost             smallint                    NOT NULL,
    fees             bigint                      NOT NULL
);
CREATE TABLE IF NOT EXISTS enrolment.funnel_spans (
    length        varchar       NOT NULL,
    starts        date          NOT NULL,
    kind          varchar       NOT NULL,
    name          varchar       NOT NULL,
    enquiries     integer       NOT NULL,
    contacted     integer       NOT NULL,
    counselled    integer       NOT NULL,
    offered       integer       NOT NULL,
    enrolled      integer       NOT NULL,
    lost          integer       NOT NULL,
    fees          bigint        NOT NULL,
    buckets       smallint[]    NOT NULL,
    counts        integer[]     NOT NULL,
    waits         bigint[]      NOT NULL,
CONSTRAINT pkey_funnel_spans_length_starts_kind_name PRIMARY KEY (length, starts, kind, name)
);
CREATE TABLE IF NOT EXISTS enrolment.funnel_zone (
    zone    varchar    NOT NULL,
CONSTRAINT pkey_funnel_zone_zone PRIMARY KEY (zone)
);
CREATE OR REPLACE FUNCTION enrolment.funnel_lead()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
    agreed bigint;
begin
    if tg_op = 'UPDATE' then
        if old.received_at = new.received_at and old.source_name = new.source_name
            and old.counsellor_id is not distinct from new.counsellor_id
            and (old.data ->> 'ContactedAt' is null or old.data ->> 'ContactedAt' = new.data ->> 'ContactedAt') then
            insert into enrolment.funnel_changes
            values (new.received_at, new.source_name, new.counsellor_id, 0,
                (new.data ->> 'ContactedAt' is not null)::int - (old.data ->> 'ContactedAt' is not null)::int,
                round(extract(epoch from (new.data ->> 'ContactedAt')::timestamptz - new.received_at) * 1000),
                (new.data ->> 'CounselledAt' is not null)::int - (old.data ->> 'CounselledAt' is not null)::int,
                (new.data ->> 'OfferedAt' is not null)::int - (old.data ->> 'OfferedAt' is not null)::int,
                (new.data ->> 'EnrolledAt' is not null)::int - (old.data ->> 'EnrolledAt' is not null)::int,
                (new.stage = 'Lost')::int - (old.stage = 'Lost')::int, 0);
            return null;
        end if;
    end if;
    select coalesce(sum((seat ->> 'Fee')::bigint - (seat ->> 'Discount')::bigint + (seat ->> 'Tax')::bigint - (seat ->> 'Waived')::bigint), 0) into agreed
    from (select data as seat from enrolment.mt_doc_enrolment where lead_id = old.id) seats;
    insert into enrolment.funnel_changes
    values (old.received_at, old.source_name, old.counsellor_id, -1,
        -(old.data ->> 'ContactedAt' is not null)::int,
        round(extract(epoch from (old.data ->> 'ContactedAt')::timestamptz - old.received_at) * 1000),
        -(old.data ->> 'CounselledAt' is not null)::int, -(old.data ->> 'OfferedAt' is not null)::int,
        -(old.data ->> 'EnrolledAt' is not null)::int, -(old.stage = 'Lost')::int, -agreed);
    if tg_op <> 'DELETE' then
        insert into enrolment.funnel_changes
        values (new.received_at, new.source_name, new.counsellor_id, 1,
            (new.data ->> 'ContactedAt' is not null)::int,
            round(extract(epoch from (new.data ->> 'ContactedAt')::timestamptz - new.received_at) * 1000),
            (new.data ->> 'CounselledAt' is not null)::int, (new.data ->> 'OfferedAt' is not null)::int,
            (new.data ->> 'EnrolledAt' is not null)::int, (new.stage = 'Lost')::int, agreed);
    end if;
    return null;
end;
$function$;
CREATE OR REPLACE FUNCTION enrolment.funnel_begun()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    insert into enrolment.funnel_changes
    select l.received_at, l.source_name, l.counsellor_id, 1,
        (l.data ->> 'ContactedAt' is not null)::int,
        round(extract(epoch from (l.data ->> 'ContactedAt')::timestamptz - l.received_at) * 1000),
        (l.data ->> 'CounselledAt' is not null)::int, (l.data ->> 'OfferedAt' is not null)::int,
        (l.data ->> 'EnrolledAt' is not null)::int, (l.stage = 'Lost')::int,
        coalesce((select sum((seat ->> 'Fee')::bigint - (seat ->> 'Discount')::bigint + (seat ->> 'Tax')::bigint - (seat ->> 'Waived')::bigint) from (select data as seat from enrolment.mt_doc_enrolment where lead_id = l.id) seats), 0)
    from begun l;
    return null;
end;
$function$;
CREATE OR REPLACE FUNCTION enrolment.funnel_seat()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    insert into enrolment.funnel_changes
    select l.received_at, l.source_name, l.counsellor_id, 0, 0, null, 0, 0, 0, 0, sign * ((seat ->> 'Fee')::bigint - (seat ->> 'Discount')::bigint + (seat ->> 'Tax')::bigint - (seat ->> 'Waived')::bigint)
    from unnest(array[old.data, new.data], array[-1, 1]) seats(seat, sign)
    join enrolment.mt_doc_lead l on l.id = (seat ->> 'LeadId')::uuid
    for share of l;
    return null;
end;
$function$;
CREATE OR REPLACE TRIGGER funnel_lead_begun AFTER INSERT ON enrolment.mt_doc_lead
  REFERENCING NEW TABLE AS begun
  FOR EACH STATEMENT EXECUTE FUNCTION enrolment.funnel_begun();
CREATE OR REPLACE TRIGGER funnel_lead_rows AFTER DELETE ON enrolment.mt_doc_lead
  FOR EACH ROW EXECUTE FUNCTION enrolment.funnel_lead();
CREATE OR REPLACE TRIGGER funnel_lead_moves AFTER UPDATE ON enrolment.mt_doc_lead
  FOR EACH ROW WHEN (old.received_at is distinct from new.received_at or old.source_name is distinct from new.source_name
    or old.counsellor_id is distinct from new.counsellor_id or old.stage is distinct from new.stage
    or old.data -> 'ContactedAt' is distinct from new.data -> 'ContactedAt' or old.data -> 'CounselledAt' is distinct from new.data -> 'CounselledAt' or old.data -> 'OfferedAt' is distinct from new.data -> 'OfferedAt' or old.data -> 'EnrolledAt' is distinct from new.data -> 'EnrolledAt')
  EXECUTE FUNCTION enrolment.funnel_lead();
CREATE OR REPLACE TRIGGER funnel_seat_rows AFTER INSERT OR DELETE ON enrolment.mt_doc_enrolment
  FOR EACH ROW EXECUTE FUNCTION enrolment.funnel_seat();
CREATE OR REPLACE TRIGGER funnel_seat_moves AFTER UPDATE ON enrolment.mt_doc_enrolment
  FOR EACH ROW WHEN (old.data -> 'LeadId' is distinct from new.data -> 'LeadId' or old.data -> 'Fee' is distinct from new.data -> 'Fee' or old.data -> 'Discount' is distinct from new.data -> 'Discount' or old.data -> 'Tax' is distinct from new.data -> 'Tax' or old.data -> 'Waived' is distinct from new.data -> 'Waived')
  EXECUTE FUNCTION enrolment.funnel_seat();
