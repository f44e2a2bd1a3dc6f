//! Reading and writing files: whole, as UTF-8, and never half.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use migrate_core::{Code, Detail, Error, Place};
use tempfile::{Builder, NamedTempFile};

use crate::paths::shown;

/// What the operating system refuses, with the file that it is about.
pub(crate) fn refused(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::Io, format!("{}: {error}", shown(path)))
}

/// The text of a file. `code` is what it is called if it is none.
pub(crate) fn read(path: &Path, code: Code) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|error| refused(path, &error))?;
    String::from_utf8(bytes).map_err(|error| not_utf8(path, code, &error))
}

/// The text of a file; nothing if there is none.
pub(crate) fn read_if_there(path: &Path, code: Code) -> Result<Option<String>, Error> {
    match fs::metadata(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        _ => read(path, code).map(Some),
    }
}

fn not_utf8(path: &Path, code: Code, error: &std::string::FromUtf8Error) -> Error {
    let offset = error.utf8_error().valid_up_to();
    let sound = String::from_utf8_lossy(&error.as_bytes()[..offset]);
    Error::new(code, format!("byte {offset} is not UTF-8"))
        .with_place(Place::new(shown(path), &sound, offset..offset))
        .with_help("save the file as UTF-8")
        .with_detail("byte", Detail::Number(i64::try_from(offset).unwrap_or(i64::MAX)))
}

/// Writes a new file, whole or not at all, and never over another.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Error> {
    let written = written_beside(path, text)?;
    match written.persist_noclobber(path) {
        Ok(_) => sync_folder(path),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Error::new(Code::AlreadyExists, format!("{} exists already", shown(path))));
        }
        Err(error) => return Err(refused(path, &error.error)),
    }
    Ok(())
}

/// Writes a file, whole or not at all, in place of the one that may be there.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Error> {
    // Through a link, the file that it leads to is the one to replace.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let written = written_beside(path, text)?;
    if let Ok(was) = fs::metadata(path) {
        let _ = written.as_file().set_permissions(was.permissions());
    }
    written.persist(path).map_err(|error| refused(path, &error.error))?;
    sync_folder(path);
    Ok(())
}

fn written_beside(path: &Path, text: &str) -> Result<NamedTempFile, Error> {
    let failed = |error: io::Error| refused(path, &error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| refused(folder, &error))?;
    let mut builder = Builder::new();
    // Hidden, so that nobody takes it for a revision.
    builder.prefix(".cargo-migrate-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What any new file gets; the umask takes away what it should.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    Ok(file)
}

/// A rename is on the disk when its folder is. Not every system lets a folder be opened for this.
fn sync_folder(path: &Path) {
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_never_replaces_another_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.sql");
        create(&path, "one").unwrap();
        assert_eq!(create(&path, "two").unwrap_err().code(), Code::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        replace(&path, "three").unwrap();
        assert_eq!(read(&path, Code::Io).unwrap(), "three");
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_can_be_read_by_others_as_the_umask_says() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sql");
        create(&path, "").unwrap();
        fs::write(folder.path().join("b.sql"), "").unwrap();
        let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("a.sql"), mode("b.sql"));
    }

    #[test]
    fn what_is_not_utf_8_is_named_with_its_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sql");
        fs::write(&path, b"-- x\n-- \xff\n").unwrap();
        let error = read(&path, Code::BrokenRevision).unwrap_err();
        assert_eq!(error.code(), Code::BrokenRevision);
        assert_eq!(error.message(), "byte 8 is not UTF-8");
        assert_eq!(error.place().unwrap().position.to_string(), "2:4");
    }
}
