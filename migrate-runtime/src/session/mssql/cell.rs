use tiberius::{
    ColumnData,
    time::{Date, DateTime2, Time},
};

/// A cell as text, NULL as `None`: dates and times in the ISO order, what has an offset in UTC, binary in hexadecimal.
pub(super) fn text(cell: &ColumnData<'_>) -> Option<String> {
    match cell {
        ColumnData::U8(value) => value.map(|value| value.to_string()),
        ColumnData::I16(value) => value.map(|value| value.to_string()),
        ColumnData::I32(value) => value.map(|value| value.to_string()),
        ColumnData::I64(value) => value.map(|value| value.to_string()),
        ColumnData::F32(value) => value.map(|value| value.to_string()),
        ColumnData::F64(value) => value.map(|value| value.to_string()),
        ColumnData::Bit(value) => value.map(|value| u8::from(value).to_string()),
        ColumnData::String(value) => value.as_ref().map(ToString::to_string),
        ColumnData::Guid(value) => value.map(|value| value.to_string()),
        ColumnData::Binary(value) => value.as_ref().map(|bytes| hexadecimal(bytes)),
        ColumnData::Numeric(value) => value.map(|value| value.to_string()),
        ColumnData::Xml(value) => value.as_ref().map(|value| value.as_ref().to_string()),
        ColumnData::DateTime(value) => value.map(|value| {
            // Counted from 1900 in 300ths of a second, and shown by the server in milliseconds.
            let milliseconds = (u64::from(value.seconds_fragments()) * 10 + 1) / 3;
            format!("{} {}", date(i64::from(value.days()) + DAYS_TO_1900), time(milliseconds, 3))
        }),
        ColumnData::SmallDateTime(value) => value.map(|value| {
            // The field's name misleads: these are minutes.
            let seconds = u64::from(value.seconds_fragments()) * 60;
            format!("{} {}", date(i64::from(value.days()) + DAYS_TO_1900), time(seconds, 0))
        }),
        ColumnData::Time(value) => value.map(of_time),
        ColumnData::Date(value) => value.map(of_date),
        ColumnData::DateTime2(value) => value.map(of_datetime),
        ColumnData::DateTimeOffset(value) => {
            value.map(|value| format!("{}+00:00", of_datetime(value.datetime2())))
        }
    }
}

/// Days from 0001-01-01 to 1900-01-01.
const DAYS_TO_1900: i64 = 693_595;

fn of_datetime(value: DateTime2) -> String {
    format!("{} {}", of_date(value.date()), of_time(value.time()))
}

fn of_date(value: Date) -> String {
    date(i64::from(value.days()))
}

fn of_time(value: Time) -> String {
    time(value.increments(), value.scale())
}

/// `HH:MM:SS` and a fraction with `scale` digits, from the units since midnight.
fn time(increments: u64, scale: u8) -> String {
    let unit = 10_u64.pow(u32::from(scale.min(7)));
    let (seconds, fraction) = (increments / unit, increments % unit);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if scale == 0 { text } else { format!("{text}.{fraction:0width$}", width = usize::from(scale)) }
}

/// `YYYY-MM-DD`, from the days since 0001-01-01 in the Gregorian calendar. Years begin in March here, so that the leap
/// day is the last of its year.
fn date(days: i64) -> String {
    const CYCLE: i64 = 146_097;
    let days = days + 306;
    let (era, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
    let year = (day - day / 1460 + day / 36_524 - day / (CYCLE - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + next)
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold("0x".to_owned(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use tiberius::time::{DateTime, DateTimeOffset, SmallDateTime};

    use super::*;

    #[test]
    fn dates_are_those_of_the_gregorian_calendar() {
        assert_eq!(date(0), "0001-01-01");
        assert_eq!(date(58), "0001-02-28");
        assert_eq!(date(59), "0001-03-01");
        assert_eq!(date(DAYS_TO_1900), "1900-01-01");
        assert_eq!(date(DAYS_TO_1900 - 53_690), "1753-01-01");
        assert_eq!(date(730_178), "2000-02-29");
        assert_eq!(date(740_305), "2027-11-21");
        assert_eq!(date(3_652_058), "9999-12-31");
    }

    #[test]
    fn cells_become_text() {
        let shown = |cell: ColumnData<'_>| text(&cell).unwrap();
        let datetime = DateTime2::new(Date::new(730_178), Time::new(863_999_999_999, 7));
        assert_eq!(shown(ColumnData::I64(Some(-5))), "-5");
        assert_eq!(shown(ColumnData::Bit(Some(true))), "1");
        assert_eq!(shown(ColumnData::Binary(Some(vec![0, 171].into()))), "0x00AB");
        assert_eq!(shown(ColumnData::DateTime2(Some(datetime))), "2000-02-29 23:59:59.9999999");
        assert_eq!(
            shown(ColumnData::DateTimeOffset(Some(DateTimeOffset::new(datetime, 60)))),
            "2000-02-29 23:59:59.9999999+00:00"
        );
        assert_eq!(shown(ColumnData::DateTime(Some(DateTime::new(0, 301)))), "1900-01-01 00:00:01.003");
        assert_eq!(shown(ColumnData::SmallDateTime(Some(SmallDateTime::new(1, 61)))), "1900-01-02 01:01:00");
        assert_eq!(shown(ColumnData::Time(Some(Time::new(61, 0)))), "00:01:01");
        assert_eq!(text(&ColumnData::String(None)), None);
    }
}
