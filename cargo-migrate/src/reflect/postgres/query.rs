//! The questions to the catalogue. Each is one statement, whatever the database holds.

use crate::ddl::postgres::name::literal;

/// What a version of the server has in its catalogue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version(pub(super) u32);

impl Version {
    /// NULLS NOT DISTINCT, and SET NULL for some of a key's columns.
    fn has_15(self) -> bool {
        self.0 >= 150_000
    }

    /// WITHOUT OVERLAPS and PERIOD.
    fn has_18(self) -> bool {
        self.0 >= 180_000
    }
}

/// Sets the search path for the reading: the default schema first, so that its objects are shown without it, then where
/// else the connection looks, except for what is read as a schema of its own. Gives the path as it was, the default
/// schema, the version, and which of the schemas exist.
///
/// The functions are named in full: the connection may look elsewhere first. What is temporary comes last, so that it
/// hides nothing.
pub(super) fn settle(default_schema: Option<&str>, schemas: &[String]) -> String {
    let default = default_schema.map_or_else(|| "pg_catalog.current_schema()::text".to_owned(), literal);
    let others = list(schemas);
    format!(
        "SELECT was.path, was.schema, was.version, was.found, \
                pg_catalog.set_config('search_path', \
                    pg_catalog.concat_ws(', ', pg_catalog.quote_ident(was.schema), was.others, 'pg_temp'), false) \
         FROM (SELECT pg_catalog.current_setting('search_path') AS path, {default} AS schema, \
                      pg_catalog.current_setting('server_version_num') AS version, \
                      (SELECT pg_catalog.json_agg(n.nspname) FROM pg_catalog.pg_namespace n \
                       WHERE n.nspname::text = ANY ({others})) AS found, \
                      (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ' ORDER BY s.place) \
                       FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS s (name, place) \
                       WHERE s.name::text <> ALL ({others}) AND s.name <> 'pg_catalog' \
                       AND s.name::text <> {default}) AS others \
               OFFSET 0) was"
    )
}

/// Puts the search path back.
pub(super) fn unsettle(path: &str) -> String {
    format!("SELECT pg_catalog.set_config('search_path', {}, false)", literal(path))
}

/// Comments on what users have made: the catalogue's name, the object's number there, the column's.
pub(super) fn comments() -> String {
    "SELECT classoid::regclass::text, objoid, objsubid, description FROM pg_description \
     WHERE classoid IN ('pg_class'::regclass, 'pg_constraint'::regclass, 'pg_type'::regclass) AND objoid >= 16384"
        .to_owned()
}

/// Tables with their columns, a row for each column; a table without columns has one row.
///
/// Left out are partitioned tables, partitions and children, tables of a composite type, foreign and temporary tables,
/// and what belongs to an extension.
pub(super) fn tables(schemas: &[String]) -> String {
    format!(
        "SELECT c.oid, n.nspname, c.relname, c.relpersistence = 'u', array_to_json(c.reloptions), \
                array_to_json(o.reloptions), a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
                pg_get_expr(e.adbin, e.adrelid, true), nullif(a.attgenerated, ''), nullif(a.attidentity, ''), \
                CASE WHEN a.attcollation <> t.typcollation THEN {collation} END, \
                CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END \
         FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_class o ON o.oid = c.reltoastrelid \
         LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         LEFT JOIN pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_collation l ON l.oid = a.attcollation \
         LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum \
         WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND NOT c.relispartition AND c.reloftype = 0 \
         AND n.nspname::text = ANY ({schemas}) \
         AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) \
         AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid \
                         AND x.objsubid = 0 AND x.deptype = 'e') \
         ORDER BY c.oid, a.attnum",
        collation = collation("l"),
        schemas = list(schemas),
    )
}

/// Constraints of tables. Those that the server makes for NOT NULL (18) and for the partitions that a foreign key
/// leads to are left out, and foreign keys over a period (18).
pub(super) fn constraints(schemas: &[String], version: Version) -> String {
    let (distinct, set_columns) = if version.has_15() {
        ("i.indnullsnotdistinct", "array_to_json(o.confdelsetcols)")
    } else {
        ("false", "NULL")
    };
    let (period, no_period) = if version.has_18() {
        ("o.conperiod", " AND NOT (o.contype = 'f' AND o.conperiod)")
    } else {
        ("false", "")
    };
    format!(
        "SELECT o.conrelid, o.oid, o.contype, o.conname, array_to_json(o.conkey), o.condeferrable, o.condeferred, \
                NOT o.convalidated, o.connoinherit, array_to_json(i.indkey::int2[]), i.indnkeyatts, {distinct}, \
                o.confrelid, n.nspname, r.relname, array_to_json(o.confkey), \
                o.confupdtype, o.confdeltype, o.confmatchtype = 'f', \
                CASE WHEN o.contype = 'c' THEN pg_get_expr(o.conbin, o.conrelid, true) \
                     WHEN o.contype = 'x' OR {period} THEN pg_get_constraintdef(o.oid, true) END, \
                {period}, {set_columns} \
         FROM pg_constraint o \
         JOIN pg_class c ON c.oid = o.conrelid AND c.relkind = 'r' \
         JOIN pg_namespace s ON s.oid = c.relnamespace \
         LEFT JOIN pg_index i ON i.indexrelid = CASE WHEN o.contype IN ('p', 'u') THEN o.conindid END \
         LEFT JOIN pg_class r ON r.oid = o.confrelid \
         LEFT JOIN pg_namespace n ON n.oid = r.relnamespace \
         WHERE o.contype IN ('p', 'u', 'f', 'c', 'x') AND o.conparentid = 0 AND s.nspname::text = ANY ({schemas}){no_period} \
         ORDER BY o.conrelid, o.conname",
        schemas = list(schemas),
    )
}

/// The columns of some tables, which foreign keys refer to and which are not read themselves.
pub(super) fn columns(tables: impl Iterator<Item = u32>) -> String {
    let tables: Vec<_> = tables.map(|oid| oid.to_string()).collect();
    format!(
        "SELECT attrelid, attnum, attname FROM pg_attribute WHERE attnum > 0 AND attrelid = ANY (ARRAY[{}]::oid[])",
        tables.join(", ")
    )
}

/// Indexes that no constraint has made, a row for each key.
pub(super) fn indexes(schemas: &[String], version: Version) -> String {
    let distinct = if version.has_15() { "i.indnullsnotdistinct" } else { "false" };
    format!(
        "SELECT i.indrelid, i.indexrelid, x.relname, i.indisunique, i.indisvalid, m.amname, {distinct}, \
                array_to_json(i.indkey::int2[]), i.indnkeyatts, array_to_json(x.reloptions), \
                CASE a.attnum WHEN 1 THEN pg_get_expr(i.indpred, i.indrelid, true) END, \
                i.indkey[a.attnum - 1], \
                CASE WHEN h.attnum IS NULL THEN pg_get_indexdef(i.indexrelid, a.attnum, true) END, \
                i.indoption[a.attnum - 1], \
                CASE WHEN i.indcollation[a.attnum - 1] NOT IN (0, coalesce(h.attcollation, 100)) THEN {collation} END, \
                CASE WHEN a.attoptions IS NOT NULL OR NOT p.opcdefault OR q.oid <> p.oid THEN \
                    CASE WHEN pg_opclass_is_visible(p.oid) THEN '' ELSE quote_ident(pn.nspname) || '.' END \
                    || quote_ident(p.opcname) END, \
                array_to_json(a.attoptions) \
         FROM pg_index i \
         JOIN pg_class x ON x.oid = i.indexrelid \
         JOIN pg_am m ON m.oid = x.relam \
         JOIN pg_class c ON c.oid = i.indrelid AND c.relkind = 'r' \
         JOIN pg_namespace s ON s.oid = c.relnamespace \
         JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts \
         LEFT JOIN pg_attribute h ON h.attrelid = i.indrelid AND h.attnum = nullif(i.indkey[a.attnum - 1], 0) \
         JOIN pg_opclass p ON p.oid = i.indclass[a.attnum - 1] \
         JOIN pg_namespace pn ON pn.oid = p.opcnamespace \
         LEFT JOIN pg_opclass q ON q.opcmethod = p.opcmethod AND q.opcdefault \
             AND q.opcintype = coalesce(h.atttypid, a.atttypid) \
         LEFT JOIN pg_collation l ON l.oid = i.indcollation[a.attnum - 1] \
         WHERE s.nspname::text = ANY ({schemas}) \
         AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x')) \
         ORDER BY i.indrelid, x.relname, a.attnum",
        collation = collation("l"),
        schemas = list(schemas),
    )
}

/// Enumerated types with their values.
pub(super) fn enums(schemas: &[String]) -> String {
    format!(
        "SELECT n.nspname, t.typname, t.oid, \
                (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) \
         FROM pg_type t \
         JOIN pg_namespace n ON n.oid = t.typnamespace \
         WHERE t.typtype = 'e' AND n.nspname::text = ANY ({schemas}) \
         AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid \
                         AND x.deptype = 'e') \
         ORDER BY n.nspname, t.typname",
        schemas = list(schemas),
    )
}

/// Sequences, with the column that owns them or whose identity they are.
pub(super) fn sequences(schemas: &[String]) -> String {
    format!(
        "SELECT n.nspname, c.relname, c.oid::regclass::text, c.oid, format_type(s.seqtypid, NULL), s.seqstart, \
                s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, o.refobjid, o.refobjsubid, o.deptype = 'i' \
         FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_sequence s ON s.seqrelid = c.oid \
         LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0 \
             AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i') \
         WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname::text = ANY ({schemas}) \
         AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid \
                         AND x.deptype = 'e') \
         ORDER BY n.nspname, c.relname",
        schemas = list(schemas),
    )
}

/// The name of a collation; with its schema, both quoted, where it is neither the server's own nor in sight.
fn collation(alias: &str) -> String {
    format!(
        "(SELECT CASE WHEN cn.nspname = 'pg_catalog' OR pg_collation_is_visible({alias}.oid) THEN {alias}.collname::text \
         ELSE concat('\"', replace(cn.nspname, '\"', '\"\"'), '\".\"', replace({alias}.collname, '\"', '\"\"'), '\"') END \
         FROM pg_namespace cn WHERE cn.oid = {alias}.collnamespace)"
    )
}

fn list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| literal(name)).collect();
    format!("ARRAY[{}]::text[]", names.join(", "))
}
