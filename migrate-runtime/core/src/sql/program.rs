use super::{
    lexer::{Token, TokenKind},
    split::is_word,
};

/// Follows a statement of MySQL or MariaDB and knows whether a `;` is inside the body of a stored program.
///
/// There is no grammar here, only the positions where a statement of a body can begin: `IF` is a block there, and a
/// function or a part of `IF EXISTS` everywhere else.
#[derive(Debug, Default)]
pub(super) struct Program<'t> {
    stage: Stage,
    blocks: Vec<Block>,
    previous: &'t str,
    parentheses: usize,
    position: Position,
    handler: Handler,
    /// RETURNS was read: a RETURN after it is the body, not the type in `sql_mode` ORACLE.
    returns: bool,
    /// In a package, between PROCEDURE or FUNCTION and its AS.
    subroutine: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Start,
    /// The first word may be a label.
    Label,
    /// `BEGIN`, then `BEGIN NOT`.
    Begin,
    BeginNot,
    /// `CREATE [OR REPLACE] [DEFINER = user] [AGGREGATE]`.
    Create,
    Alter,
    Trigger,
    Event,
    Package,
    /// A procedure or a function up to its name, and from there to its body.
    Name,
    Header,
    Body,
    /// A statement without a body.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Begin,
    If,
    CaseStatement,
    CaseExpression,
    Loop,
    Repeat,
    /// A REPEAT whose UNTIL was read.
    Until,
    /// WHILE or FOR; `head` until its DO or LOOP.
    Loops {
        head: bool,
    },
    /// `sql_mode` ORACLE: what stands between AS and BEGIN.
    Declarations,
    /// `sql_mode` ORACLE.
    Package,
}

/// Where in the body the next token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Position {
    /// It begins a statement.
    Start,
    /// It comes after the first word of a statement, which is its label if this is a colon.
    Second,
    #[default]
    Inside,
}

/// Where in `DECLARE ... HANDLER FOR condition, ... statement` we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Handler {
    #[default]
    None,
    Declare,
    Condition,
    AfterCondition,
}

fn any(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| is_word(word, keyword))
}

/// The words with which a body without BEGIN may begin.
const SIMPLE: [&str; 36] = [
    "ALTER",
    "ANALYZE",
    "CALL",
    "CHECK",
    "COMMIT",
    "CREATE",
    "DEALLOCATE",
    "DELETE",
    "DO",
    "DROP",
    "EXECUTE",
    "FLUSH",
    "GET",
    "GRANT",
    "HANDLER",
    "INSERT",
    "KILL",
    "LOAD",
    "LOCK",
    "OPTIMIZE",
    "PREPARE",
    "RENAME",
    "REPAIR",
    "REPLACE",
    "RESIGNAL",
    "REVOKE",
    "ROLLBACK",
    "SELECT",
    "SHOW",
    "SIGNAL",
    "START",
    "TRUNCATE",
    "UPDATE",
    "VALUES",
    "WITH",
    "XA",
];

const BLOCKS: [&str; 7] = ["BEGIN", "IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"];

impl<'t> Program<'t> {
    /// Takes a `;`. True if it ends the statement.
    pub(super) fn semicolon(&mut self) -> bool {
        self.position = Position::Start;
        self.handler = Handler::None;
        self.subroutine = false;
        self.previous = ";";
        self.blocks.is_empty()
    }

    /// The keyword of the innermost block that is open.
    pub(super) fn open_block(&self) -> Option<&'static str> {
        self.blocks.last().map(|block| match block {
            Block::Begin => "BEGIN",
            Block::If => "IF",
            Block::CaseStatement | Block::CaseExpression => "CASE",
            Block::Loop => "LOOP",
            Block::Repeat | Block::Until => "REPEAT",
            Block::Loops { .. } => "WHILE or FOR",
            Block::Declarations => "AS",
            Block::Package => "PACKAGE",
        })
    }

    /// Takes any other significant token.
    pub(super) fn feed(&mut self, token: Token, text: &'t str) {
        if self.stage == Stage::Plain {
            return;
        }
        let content = token.text(text);
        let previous = std::mem::replace(&mut self.previous, content);
        let word = if token.kind == TokenKind::Word { content } else { "" };
        let is_name = matches!(previous, "." | "@");
        match self.stage {
            Stage::Start => self.first(token.kind, word),
            Stage::Label if token.kind == TokenKind::Punct(b':') => self.enter_body(),
            Stage::Begin if is_word(word, "NOT") => self.stage = Stage::BeginNot,
            Stage::BeginNot if is_word(word, "ATOMIC") => {
                self.enter_body();
                self.blocks.push(Block::Begin);
            }
            Stage::Label | Stage::Begin | Stage::BeginNot => self.stage = Stage::Plain,
            // `DEFINER = root@localhost` and the like.
            Stage::Create | Stage::Alter if word.is_empty() || is_name || matches!(previous, "=" | "-") => {}
            Stage::Create => self.create(word),
            Stage::Alter if is_word(word, "DEFINER") => {}
            Stage::Alter => self.stage = if is_word(word, "EVENT") { Stage::Event } else { Stage::Plain },
            Stage::Trigger if is_word(word, "ROW") && is_word(previous, "EACH") => self.enter_body(),
            Stage::Event if is_word(word, "DO") && !is_name => self.enter_body(),
            Stage::Package if any(word, &["AS", "IS"]) && !is_name => {
                self.enter_body();
                self.blocks.push(Block::Package);
            }
            Stage::Name => {
                let exists = (is_word(word, "IF") && any(previous, &["PROCEDURE", "FUNCTION"]))
                    || (is_word(word, "NOT") && is_word(previous, "IF"))
                    || (is_word(word, "EXISTS") && is_word(previous, "NOT"));
                if !exists {
                    self.stage = Stage::Header;
                }
            }
            Stage::Header => self.header(token.kind, word, previous),
            Stage::Body => self.body(token.kind, word, previous),
            Stage::Trigger | Stage::Event | Stage::Package | Stage::Plain => {}
        }
    }

    fn enter_body(&mut self) {
        self.stage = Stage::Body;
        self.position = Position::Start;
    }

    fn first(&mut self, kind: TokenKind, word: &str) {
        self.stage = match kind {
            TokenKind::Word if is_word(word, "CREATE") => Stage::Create,
            TokenKind::Word if is_word(word, "ALTER") => Stage::Alter,
            TokenKind::Word if is_word(word, "BEGIN") => Stage::Begin,
            TokenKind::Word if any(word, &BLOCKS) => {
                self.enter_body();
                return self.body(kind, word, "");
            }
            TokenKind::Word | TokenKind::Quoted => Stage::Label,
            _ => Stage::Plain,
        };
    }

    fn create(&mut self, word: &str) {
        if any(word, &["PROCEDURE", "FUNCTION"]) {
            self.stage = Stage::Name;
        } else if is_word(word, "TRIGGER") {
            self.stage = Stage::Trigger;
        } else if is_word(word, "EVENT") {
            self.stage = Stage::Event;
        } else if is_word(word, "PACKAGE") {
            self.stage = Stage::Package;
        } else if !any(word, &["OR", "REPLACE", "AGGREGATE", "DEFINER"]) {
            self.stage = Stage::Plain;
        }
    }

    /// Between the name of a routine and its body: parameters, RETURNS, characteristics.
    fn header(&mut self, kind: TokenKind, word: &str, previous: &str) {
        match kind {
            TokenKind::Punct(b'(') => self.parentheses += 1,
            TokenKind::Punct(b')') => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word if self.parentheses == 0 && previous != "." => {
                if any(word, &BLOCKS) {
                    self.enter_body();
                    self.body(kind, word, previous);
                } else if any(word, &["AS", "IS"]) {
                    self.enter_body();
                    self.blocks.push(Block::Declarations);
                } else if is_word(word, "RETURNS") {
                    self.returns = true;
                } else if any(word, &SIMPLE)
                    || (is_word(word, "RETURN") && self.returns)
                    || (is_word(word, "SET") && !any(previous, &["RETURNS", "CHARACTER", "CHAR"]))
                {
                    self.stage = Stage::Body;
                }
            }
            _ => {}
        }
    }

    fn body(&mut self, kind: TokenKind, word: &str, previous: &str) {
        let position = std::mem::take(&mut self.position);
        let at_start = position == Position::Start;
        let at_start = self.handler_ends(kind, word, previous) || at_start;
        match kind {
            TokenKind::Punct(b':') if position == Position::Second => self.position = Position::Start,
            // MySQL 9: `LANGUAGE JAVASCRIPT AS $$ ... $$`.
            TokenKind::Quoted if is_word(previous, "AS") && self.blocks == [Block::Declarations] => {
                self.blocks.clear();
            }
            TokenKind::Quoted if at_start => {
                let is_trigger = any(previous, &["FOLLOWS", "PRECEDES"]);
                self.position = if is_trigger { Position::Start } else { Position::Second };
            }
            TokenKind::Word if previous == "." => {}
            TokenKind::Word if at_start => self.statement(word, previous),
            TokenKind::Word => self.inside(word, previous),
            _ => {}
        }
    }

    /// Whether this token begins the statement of a DECLARE ... HANDLER.
    fn handler_ends(&mut self, kind: TokenKind, word: &str, previous: &str) -> bool {
        self.handler = match self.handler {
            Handler::Declare if is_word(word, "FOR") && is_word(previous, "HANDLER") => Handler::Condition,
            Handler::Condition if any(word, &["SQLSTATE", "VALUE", "NOT"]) => Handler::Condition,
            Handler::Condition => Handler::AfterCondition,
            Handler::AfterCondition if kind == TokenKind::Punct(b',') => Handler::Condition,
            Handler::AfterCondition => {
                self.handler = Handler::None;
                return true;
            }
            other @ (Handler::None | Handler::Declare) => other,
        };
        false
    }

    /// The first word of a statement of the body.
    fn statement(&mut self, word: &str, previous: &str) {
        let top = self.blocks.last().copied();
        if is_word(word, "BEGIN") {
            match top {
                Some(Block::Declarations) => {
                    self.blocks.pop();
                    self.blocks.push(Block::Begin);
                }
                // The initialisation of a package shares the package's END.
                Some(Block::Package) => {}
                _ => self.blocks.push(Block::Begin),
            }
            self.position = Position::Start;
        } else if is_word(word, "IF") {
            self.blocks.push(Block::If);
        } else if is_word(word, "CASE") {
            self.blocks.push(Block::CaseStatement);
        } else if is_word(word, "LOOP") {
            self.blocks.push(Block::Loop);
            self.position = Position::Start;
        } else if is_word(word, "REPEAT") {
            self.blocks.push(Block::Repeat);
            self.position = Position::Start;
        } else if any(word, &["WHILE", "FOR"]) {
            self.blocks.push(Block::Loops { head: true });
        } else if is_word(word, "END") {
            self.blocks.pop();
        } else if is_word(word, "ELSE") {
            self.position = Position::Start;
        } else if is_word(word, "UNTIL") && top == Some(Block::Repeat) {
            self.blocks.pop();
            self.blocks.push(Block::Until);
        } else if is_word(word, "DECLARE") {
            self.handler = Handler::Declare;
        } else if any(word, &["PROCEDURE", "FUNCTION"]) && top == Some(Block::Package) {
            self.subroutine = true;
        } else {
            let not_atomic = (is_word(word, "NOT") && is_word(previous, "BEGIN"))
                || (is_word(word, "ATOMIC") && is_word(previous, "NOT"));
            let order = any(word, &["FOLLOWS", "PRECEDES"]) && is_word(previous, "ROW");
            let goes_on = not_atomic || order || any(previous, &["FOLLOWS", "PRECEDES"]);
            self.position = if goes_on { Position::Start } else { Position::Second };
        }
    }

    /// A word further on in a statement of the body.
    fn inside(&mut self, word: &str, previous: &str) {
        let top = self.blocks.last().copied();
        if is_word(word, "CASE") && !is_word(previous, "END") {
            self.blocks.push(Block::CaseExpression);
        } else if is_word(word, "END") && matches!(top, Some(Block::CaseExpression | Block::Until)) {
            self.blocks.pop();
        } else if any(word, &["THEN", "ELSE"]) {
            let in_expression = top == Some(Block::CaseExpression);
            self.position = if in_expression { Position::Inside } else { Position::Start };
        } else if any(word, &["DO", "LOOP"]) && top == Some(Block::Loops { head: true }) {
            self.blocks.pop();
            self.blocks.push(Block::Loops { head: false });
            self.position = Position::Start;
        } else if any(word, &["AS", "IS"]) && self.subroutine {
            self.subroutine = false;
            self.blocks.push(Block::Declarations);
            self.position = Position::Start;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Code, Dialect,
        sql::split::testing::{error, pieces},
    };

    /// Each of these is one statement, whatever stands behind it.
    fn whole(programs: &[&str]) {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            for program in programs {
                let text = format!("before; {program}; SELECT 1; SELECT IF(a, b, c); after");
                let expected = ["before", program, "SELECT 1", "SELECT IF(a, b, c)", "after"];
                assert_eq!(pieces(dialect, &text), expected, "{dialect}");
            }
        }
    }

    #[test]
    fn a_body_ends_with_the_end_of_its_block() {
        whole(&[
            "CREATE PROCEDURE p() BEGIN END",
            "CREATE PROCEDURE p() BEGIN SELECT 1; BEGIN SELECT 2; END; END",
            "create or replace definer = `a`@`b` procedure if not exists d.p(x int, y decimal(5,2)) begin a; end",
            "CREATE DEFINER=trigger@localhost FUNCTION f() RETURNS SET('a') DETERMINISTIC BEGIN RETURN 'a'; END",
            "CREATE DEFINER=CURRENT_USER() AGGREGATE FUNCTION f(x INT) RETURNS INT BEGIN RETURN 1; END",
            "CREATE PROCEDURE p() COMMENT 'x;' SQL SECURITY INVOKER lbl: BEGIN LEAVE lbl; END lbl",
            "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN a; b; END",
            "CREATE TRIGGER t AFTER UPDATE ON x FOR EACH ROW FOLLOWS u BEGIN a; b; END",
            "CREATE TRIGGER t AFTER UPDATE ON x FOR EACH ROW PRECEDES `u` IF a THEN b; END IF",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY COMMENT 'x' DO BEGIN a; b; END",
            "ALTER DEFINER = a@'b' EVENT e DO BEGIN a; b; END",
            "CREATE PROCEDURE begin() BEGIN SELECT a.end, b.begin; END",
        ]);
    }

    #[test]
    fn every_block_has_its_end() {
        let body = |inner: &str| format!("CREATE PROCEDURE p() BEGIN {inner}; END");
        let bodies = [
            "IF a THEN b; ELSEIF c THEN d; ELSE IF e THEN f; END IF; END IF",
            "CASE a WHEN 1 THEN b; ELSE BEGIN c; END; END CASE",
            "CASE WHEN IF(a, b, c) THEN IF d THEN e; END IF; END CASE",
            "SET x = CASE WHEN a THEN IF(b, 1, 2) ELSE IF(c, 3, 4) END",
            "IF CASE WHEN a THEN b ELSE c END THEN d; END IF",
            "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN c END END",
            "x: LOOP a; LEAVE x; END LOOP x",
            "`x`: WHILE a < 5 DO b; DO SLEEP(1); END WHILE `x`",
            "REPEAT a; UNTIL b > 5 END REPEAT",
            "REPEAT SET x = REPEAT('a', 3); UNTIL CASE WHEN a THEN b END END REPEAT",
            "FOR i IN 1..10 DO a; END FOR",
            "FOR r IN (SELECT CASE WHEN a THEN b END FROM t) DO IF c THEN d; END IF; END FOR",
            "DECLARE c CURSOR FOR SELECT 1; OPEN c",
            "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; a",
            "DECLARE CONTINUE HANDLER FOR NOT FOUND, SQLSTATE VALUE '23000', 1062 SET x = IF(a, b, c); a",
            "DECLARE CONTINUE HANDLER FOR NOT FOUND IF a THEN b; END IF; a",
            "DROP TABLE IF EXISTS t; CREATE TABLE IF NOT EXISTS t (a int)",
            "IF EXISTS (SELECT 1) THEN a; END IF",
            "SET @end = 1, NEW.end = 2; UPDATE t SET x = REPLACE(x, 'a', 'b')",
            "BEGIN NOT ATOMIC IF a THEN b; END IF; END",
            "SELECT a INTO x FROM t FOR UPDATE; XA END 'x'",
        ]
        .map(body);
        whole(&bodies.each_ref().map(String::as_str));
    }

    #[test]
    fn a_body_without_begin_ends_with_its_statement() {
        whole(&[
            "CREATE PROCEDURE p() SELECT 1",
            "CREATE PROCEDURE p() SELECT IF(a, b, c)",
            "CREATE PROCEDURE p() SET @x = IF(a, b, c)",
            "CREATE PROCEDURE p(a INT) IF a THEN SELECT 1; ELSE SELECT 2; END IF",
            "CREATE FUNCTION f() RETURNS INT RETURN IF(a, b, c)",
            "CREATE FUNCTION f() RETURNS CHAR(9) CHARACTER SET utf8 RETURN REPEAT('a', 3)",
            "CREATE FUNCTION f() RETURNS INT RETURN CASE WHEN a THEN 1 END",
            "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'",
            "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.x = IF(a, b, c)",
            "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW IF a THEN SET NEW.x = 1; END IF",
            "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW CASE a WHEN 1 THEN b; ELSE c; END CASE",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t WHERE IF(a, b, c)",
            "ALTER EVENT e ON SCHEDULE EVERY 2 DAY",
        ]);
    }

    #[test]
    fn blocks_of_mariadb_may_stand_alone() {
        whole(&[
            "BEGIN NOT ATOMIC a; IF b THEN c; END IF; END",
            "IF a THEN b; END IF",
            "x: LOOP a; LEAVE x; END LOOP",
            "WHILE a DO b; END WHILE",
            "FOR i IN 1..3 DO a; END FOR",
        ]);
    }

    #[test]
    fn programs_in_the_syntax_of_oracle_are_whole() {
        whole(&[
            "CREATE PROCEDURE p(x INT) AS y INT := 1; CURSOR c IS SELECT 1; BEGIN a; END",
            "CREATE FUNCTION f(x INT) RETURN INT IS BEGIN RETURN IF(a, b, c); END",
            "CREATE PROCEDURE p AS BEGIN FOR i IN 1..3 LOOP a; END LOOP; WHILE b LOOP c; END LOOP; END",
            "CREATE PROCEDURE p AS BEGIN a; EXCEPTION WHEN OTHERS THEN IF a THEN b; END IF; END",
            "CREATE OR REPLACE PACKAGE k AS PROCEDURE a(x INT); FUNCTION b RETURN INT; END",
            "CREATE PACKAGE BODY k AS v INT; PROCEDURE a AS w INT; BEGIN b; END; FUNCTION c RETURN INT AS BEGIN d; END; END",
            "CREATE PACKAGE BODY k AS PROCEDURE a AS BEGIN b; END; BEGIN c; d; END",
        ]);
    }

    #[test]
    fn a_function_in_another_language_ends_with_its_source() {
        whole(&["CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS 'let x = 1; return x;'"]);
        let function =
            "CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS $js$ let x = `'`; if (x) { y; } $js$";
        assert_eq!(
            pieces(Dialect::Mysql, &format!("{function}; SELECT 1 AS $a; b")),
            [function, "SELECT 1 AS $a", "b"]
        );
    }

    #[test]
    fn other_statements_have_no_body() {
        whole(&[
            "BEGIN",
            "BEGIN WORK",
            "CREATE TABLE IF NOT EXISTS t (`begin` int, x int DEFAULT (IF(a, b, c)))",
            "CREATE DEFINER=a@b SQL SECURITY DEFINER VIEW v AS SELECT CASE WHEN a THEN b END",
            "CREATE OR REPLACE VIEW v AS SELECT IF(a, b, c)",
            "CREATE INDEX event ON t (a)",
            "DROP PROCEDURE IF EXISTS p",
            "DROP TRIGGER t",
            "ALTER PROCEDURE p COMMENT 'begin'",
            "SHOW CREATE PROCEDURE p",
            "CALL p()",
            "SELECT CASE WHEN a THEN b END",
        ]);
    }

    #[test]
    fn a_body_without_end_is_shown_whole() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            for program in [
                "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN a; b;",
                "CREATE PROCEDURE p() IF a THEN b;",
            ] {
                let text = format!("a; {program}\n-- end\n");
                assert_eq!(error(dialect, &text), (Code::UnterminatedStatement, program));
            }
        }
    }

    #[test]
    fn a_delimiter_leaves_bodies_alone() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            assert_eq!(
                pieces(dialect, "DELIMITER //\nCREATE PROCEDURE p() BEGIN a;//b"),
                ["CREATE PROCEDURE p() BEGIN a;", "b"]
            );
        }
    }
}
