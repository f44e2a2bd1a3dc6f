//! How a type is written. The manual: "`sys.columns` (Transact-SQL)", "Data types (Transact-SQL)".

use crate::ddl::mssql::name::qualified;

/// A column's type, as the catalogue has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeRow<'a> {
    pub(super) name: &'a str,
    /// Of a type that somebody made: its schema, none for the default one.
    pub(super) schema: Option<&'a str>,
    pub(super) is_user_defined: bool,
    /// In bytes; -1 is `max`.
    pub(super) length: i32,
    pub(super) precision: u8,
    pub(super) scale: u8,
    /// The schema collection of an `xml` column, written out.
    pub(super) collection: Option<&'a str>,
}

impl TypeRow<'_> {
    /// The short and usual spelling: with a length or a precision where the type needs one, or where it is not the
    /// server's own.
    pub(super) fn spelled(&self) -> String {
        if self.is_user_defined {
            return qualified(self.schema, self.name);
        }
        let name = self.name;
        let length = |bytes_each: i32| match self.length {
            -1 => format!("{name}(max)"),
            bytes => format!("{name}({})", bytes / bytes_each),
        };
        match name {
            "nchar" | "nvarchar" => length(2),
            "char" | "varchar" | "binary" | "varbinary" => length(1),
            "decimal" | "numeric" => format!("{name}({},{})", self.precision, self.scale),
            "time" | "datetime2" | "datetimeoffset" if self.scale != 7 => format!("{name}({})", self.scale),
            "float" if self.precision != 53 => format!("float({})", self.precision),
            // Eight bytes before the numbers, each of four.
            "vector" => format!("vector({})", (self.length - 8) / 4),
            "xml" => {
                self.collection.map_or_else(|| name.to_owned(), |collection| format!("xml({collection})"))
            }
            "timestamp" => "rowversion".to_owned(),
            _ => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(name: &str, length: i32, precision: u8, scale: u8) -> String {
        let row = TypeRow {
            name,
            schema: None,
            is_user_defined: false,
            length,
            precision,
            scale,
            collection: None,
        };
        row.spelled()
    }

    #[test]
    fn types_are_written_the_usual_way() {
        for (row, expected) in [
            (("int", 4, 10, 0), "int"),
            (("bit", 1, 1, 0), "bit"),
            (("nvarchar", 510, 0, 0), "nvarchar(255)"),
            (("nvarchar", -1, 0, 0), "nvarchar(max)"),
            (("varchar", 255, 0, 0), "varchar(255)"),
            (("nchar", 20, 0, 0), "nchar(10)"),
            (("char", 1, 0, 0), "char(1)"),
            (("varbinary", -1, 0, 0), "varbinary(max)"),
            (("binary", 16, 0, 0), "binary(16)"),
            (("decimal", 9, 18, 0), "decimal(18,0)"),
            (("numeric", 9, 10, 2), "numeric(10,2)"),
            (("datetime2", 8, 27, 7), "datetime2"),
            (("datetime2", 7, 23, 3), "datetime2(3)"),
            (("datetimeoffset", 8, 26, 0), "datetimeoffset(0)"),
            (("time", 5, 16, 7), "time"),
            (("datetime", 8, 23, 3), "datetime"),
            (("float", 8, 53, 0), "float"),
            (("real", 4, 24, 0), "real"),
            (("timestamp", 8, 0, 0), "rowversion"),
            (("uniqueidentifier", 16, 0, 0), "uniqueidentifier"),
            (("sql_variant", 8016, 0, 0), "sql_variant"),
            (("hierarchyid", 892, 0, 0), "hierarchyid"),
            (("text", 16, 0, 0), "text"),
            (("sysname", 256, 0, 0), "sysname"),
            (("vector", 20, 0, 0), "vector(3)"),
        ] {
            let (name, length, precision, scale) = row;
            assert_eq!(spelled(name, length, precision, scale), expected);
        }
    }

    #[test]
    fn a_type_of_ones_own_has_its_name_and_its_schema() {
        let row = |schema| TypeRow {
            name: "e mail",
            schema,
            is_user_defined: true,
            length: 200,
            precision: 0,
            scale: 0,
            collection: None,
        };
        assert_eq!(row(None).spelled(), "[e mail]");
        assert_eq!(row(Some("app")).spelled(), "app.[e mail]");
        let xml =
            TypeRow { name: "xml", is_user_defined: false, collection: Some("DOCUMENT app.c"), ..row(None) };
        assert_eq!(xml.spelled(), "xml(DOCUMENT app.c)");
    }
}
