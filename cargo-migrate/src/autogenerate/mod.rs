//! From two schemas to reviewed SQL: what changed, what must be decided, what is at stake, and the text of both ways.

mod answers;
mod ask;
mod decide;
mod dependents;
mod enums;
mod facts;
mod findings;
mod flow;
mod former_types;
mod kept;
mod loss;
mod names;
mod narrow;
mod others;
mod outcome;
mod restate;
mod rewind;
mod same;
mod section;
mod sequences;
mod settled;
mod sides;
mod similar;
mod warning;

pub(crate) use answers::{AnswerArgs, Answers};
pub(crate) use ask::{Ask, Terminal};
pub(crate) use dependents::note_dependents;
pub(crate) use findings::{Findings, Note, Other};
pub(crate) use flow::{autogenerate, check};
pub(crate) use kept::without_external;
pub(crate) use outcome::{Comparison, Outcome, compare};
pub(crate) use section::{Sections, section_sql};
pub(crate) use settled::Settled;
pub(crate) use sides::Base;
pub(crate) use warning::Warning;
