//! The one door to Vectorscan (hs.h, block mode, literals only: its regex side is unsound below 5.4.13).
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU32, Ordering};

#[repr(C)]
struct CompileError {
    message: *mut c_char,
    expression: c_int,
}

type OnMatch = extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;

#[link(name = "hs")]
unsafe extern "C" {
    fn hs_compile_multi(
        expressions: *const *const c_char,
        flags: *const c_uint,
        ids: *const c_uint,
        elements: c_uint,
        mode: c_uint,
        platform: *const c_void,
        database: *mut *mut c_void,
        error: *mut *mut CompileError,
    ) -> c_int;
    fn hs_compile_lit_multi(
        expressions: *const *const c_char,
        flags: *const c_uint,
        ids: *const c_uint,
        lens: *const usize,
        elements: c_uint,
        mode: c_uint,
        platform: *const c_void,
        database: *mut *mut c_void,
        error: *mut *mut CompileError,
    ) -> c_int;
    fn hs_serialize_database(database: *const c_void, bytes: *mut *mut c_char, length: *mut usize) -> c_int;
    fn hs_deserialize_database(bytes: *const c_char, length: usize, database: *mut *mut c_void) -> c_int;
    fn hs_version() -> *const c_char;
    fn free(memory: *mut c_void);
    fn hs_free_compile_error(error: *mut CompileError) -> c_int;
    fn hs_free_database(database: *mut c_void) -> c_int;
    fn hs_database_size(database: *const c_void, size: *mut usize) -> c_int;
    fn hs_alloc_scratch(database: *const c_void, scratch: *mut *mut c_void) -> c_int;
    fn hs_free_scratch(scratch: *mut c_void) -> c_int;
    fn hs_scan(
        database: *const c_void,
        data: *const c_char,
        length: c_uint,
        flags: c_uint,
        scratch: *mut c_void,
        on_match: OnMatch,
        context: *mut c_void,
    ) -> c_int;
}

const HS_MODE_BLOCK: c_uint = 1;
const HS_FLAG_CASELESS: c_uint = 1;
const HS_FLAG_DOTALL: c_uint = 2;
const HS_FLAG_SINGLEMATCH: c_uint = 8;

/// A compiled set of literals.
#[derive(Debug)]
pub struct Database {
    handle: *mut c_void,
    serial: u32,
}

// SAFETY: a database is immutable after compilation and hs_scan may be called on it from any thread (hs.h).
unsafe impl Send for Database {}
// SAFETY: as above.
unsafe impl Sync for Database {}

static SERIAL: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// Compiles literals with their ids, without regard to case. The literal form compiles many times faster than the regex form, but
    /// refuses literals that begin with NUL (5.4.9): a set that holds one takes the other way.
    pub fn compile(literals: &[(&[u8], u32)]) -> Result<Self, String> {
        let ids: Vec<c_uint> = literals.iter().map(|(_, id)| *id).collect();
        let (mut handle, mut error) = (null_mut(), null_mut::<CompileError>());
        let count = literals.len() as c_uint;
        let code = if literals.iter().any(|(bytes, _)| bytes.first() == Some(&0)) {
            let texts: Vec<CString> = literals.iter().map(|(bytes, _)| escaped(bytes)).collect();
            let expressions: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
            let flags = vec![HS_FLAG_CASELESS | HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH; literals.len()];
            // SAFETY: the arrays have `count` elements and live through the call; the strings end in NUL.
            unsafe {
                let (expressions, flags, ids) = (expressions.as_ptr(), flags.as_ptr(), ids.as_ptr());
                hs_compile_multi(expressions, flags, ids, count, HS_MODE_BLOCK, null(), &raw mut handle, &raw mut error)
            }
        } else {
            let expressions: Vec<*const c_char> = literals.iter().map(|(bytes, _)| bytes.as_ptr().cast()).collect();
            let lens: Vec<usize> = literals.iter().map(|(bytes, _)| bytes.len()).collect();
            let flags = vec![HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH; literals.len()];
            // SAFETY: the arrays have `count` elements and live through the call; each literal has the length given.
            unsafe {
                let (expressions, flags, ids) = (expressions.as_ptr(), flags.as_ptr(), ids.as_ptr());
                hs_compile_lit_multi(expressions, flags, ids, lens.as_ptr(), count, HS_MODE_BLOCK, null(), &raw mut handle, &raw mut error)
            }
        };
        if code == 0 {
            return Ok(Self { handle, serial: SERIAL.fetch_add(1, Ordering::Relaxed) });
        }
        if error.is_null() {
            return Err(format!("the pattern set does not compile: code {code}"));
        }
        // SAFETY: on failure `error` points to a struct that Vectorscan allocated and that we free once.
        let message = unsafe {
            let message = CStr::from_ptr((*error).message).to_string_lossy().into_owned();
            hs_free_compile_error(error);
            message
        };
        Err(format!("the pattern set does not compile: {message}"))
    }

    /// The database as bytes, for [`Database::revive`].
    pub fn serialize(&self) -> Option<Vec<u8>> {
        let (mut bytes, mut length) = (null_mut::<c_char>(), 0);
        // SAFETY: the handle is valid; on success `bytes` points to `length` bytes from malloc, which are copied and freed once.
        unsafe {
            if hs_serialize_database(self.handle, &raw mut bytes, &raw mut length) != 0 || bytes.is_null() {
                return None;
            }
            let copy = std::slice::from_raw_parts(bytes.cast::<u8>(), length).to_vec();
            free(bytes.cast());
            Some(copy)
        }
    }

    /// A database from its bytes; `None` where they are damaged or of another version or processor (Vectorscan checks both).
    pub fn revive(bytes: &[u8]) -> Option<Self> {
        let mut handle = null_mut();
        // SAFETY: `bytes` lives through the call; Vectorscan verifies length, version, platform and checksum.
        let code = unsafe { hs_deserialize_database(bytes.as_ptr().cast(), bytes.len(), &raw mut handle) };
        (code == 0).then(|| Self { handle, serial: SERIAL.fetch_add(1, Ordering::Relaxed) })
    }

    /// Pushes `names[id]` for each literal found in `data`.
    pub fn scan(&self, data: &[u8], scratch: &mut Scratch, names: &[u32], out: &mut Vec<u32>) -> Result<(), String> {
        scratch.prepare(self)?;
        let mut sink = Sink { names, out };
        for piece in data.chunks(c_uint::MAX as usize) {
            // SAFETY: database and scratch are valid and belong together (prepare); data lives through the call, `sink` too.
            let code = unsafe {
                let context = (&raw mut sink).cast();
                hs_scan(self.handle, piece.as_ptr().cast(), piece.len() as c_uint, 0, scratch.handle, on_match, context)
            };
            if code != 0 {
                return Err(format!("hs_scan failed with {code}"));
            }
        }
        Ok(())
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        let mut size = 0;
        // SAFETY: the handle is valid.
        unsafe { hs_database_size(self.handle, &raw mut size) };
        size
    }
}

struct Sink<'s> {
    names: &'s [u32],
    out: &'s mut Vec<u32>,
}

extern "C" fn on_match(id: c_uint, _from: c_ulonglong, _to: c_ulonglong, _flags: c_uint, context: *mut c_void) -> c_int {
    // SAFETY: `context` is the Sink that Database::scan passed, and nothing else uses it during the scan.
    let sink = unsafe { &mut *context.cast::<Sink<'_>>() };
    if let Some(&name) = sink.names.get(id as usize) {
        sink.out.push(name);
    }
    0
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: made by hs_compile_multi, freed once.
        unsafe { hs_free_database(self.handle) };
    }
}

/// Working memory of one thread.
#[derive(Debug)]
pub struct Scratch {
    handle: *mut c_void,
    /// Databases that it was grown for, by serial number.
    ready: Vec<u64>,
}

// SAFETY: the scratch is used by one thread at a time (all methods take &mut).
unsafe impl Send for Scratch {}

impl Default for Scratch {
    fn default() -> Self {
        Self { handle: null_mut(), ready: Vec::new() }
    }
}

impl Scratch {
    fn prepare(&mut self, database: &Database) -> Result<(), String> {
        let (word, bit) = (database.serial as usize / 64, 1u64 << (database.serial % 64));
        if self.ready.get(word).is_some_and(|bits| bits & bit != 0) {
            return Ok(());
        }
        // SAFETY: handle is null or a scratch of ours; Vectorscan grows it as needed.
        let code = unsafe { hs_alloc_scratch(database.handle, &raw mut self.handle) };
        if code != 0 {
            return Err(format!("hs_alloc_scratch failed with {code}"));
        }
        if self.ready.len() <= word {
            self.ready.resize(word + 1, 0);
        }
        self.ready[word] |= bit;
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            // SAFETY: made by hs_alloc_scratch, freed once.
            unsafe { hs_free_scratch(self.handle) };
        }
    }
}

/// What must be the same for a kept database to be of use: the library's version and what the processor can do.
pub fn platform() -> String {
    // SAFETY: hs_version gives a static string.
    let version = unsafe { CStr::from_ptr(hs_version()) }.to_string_lossy().into_owned();
    #[cfg(target_arch = "x86_64")]
    let features = (is_x86_feature_detected!("avx2"), is_x86_feature_detected!("avx512bw"), is_x86_feature_detected!("avx512vbmi"));
    #[cfg(not(target_arch = "x86_64"))]
    let features = ();
    format!("{version} {} {features:?}", std::env::consts::ARCH)
}

/// Every byte as \xHH: the regex form takes literals that begin with NUL, which the literal form of 5.4.9 refuses.
fn escaped(bytes: &[u8]) -> CString {
    let text: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    CString::new(text).unwrap_or_default()
}

/// Whether the linked library finds what it must, in both forms: run once before the prefilter is trusted.
pub fn self_test() -> Result<(), String> {
    let with_nul: Vec<Vec<u8>> = (0u8..200).map(|i| vec![0, i, b'k', b'Q', i ^ 0x5a]).chain([b"needle".to_vec(), vec![0xff; 9]]).collect();
    let without: Vec<Vec<u8>> = (0u8..200).map(|i| vec![b'x', i, 0, b'Q', i ^ 0x5a]).chain([b"needle".to_vec(), vec![0xff; 9]]).collect();
    finds_each(&with_nul)?;
    finds_each(&without)
}

fn finds_each(literals: &[Vec<u8>]) -> Result<(), String> {
    let set: Vec<(&[u8], u32)> = literals.iter().enumerate().map(|(i, bytes)| (bytes.as_slice(), i as u32)).collect();
    let names: Vec<u32> = (0..set.len() as u32).collect();
    let database = Database::compile(&set)?;
    let mut scratch = Scratch::default();
    for (i, literal) in literals.iter().enumerate() {
        let mut data = vec![b'.'; 37 + i];
        data.extend(literal.iter().map(|byte| byte.to_ascii_uppercase()));
        data.extend([b'.'; 21]);
        let mut out = Vec::new();
        database.scan(&data, &mut scratch, &names, &mut out)?;
        if !out.contains(&(i as u32)) {
            return Err(format!("the installed Vectorscan misses literals (self test {i}); install libvectorscan 5.4.9 or later"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_linked_library_is_sound() {
        super::self_test().unwrap();
    }
}
