//! The only `unsafe` code: libxml2 and libxmlsec1 behind types that cannot be misused.
//!
//! A [`Session`] proves that the libraries are initialised and silent on this thread; it does not leave its thread, and
//! nothing else here works without it. A [`Document`] frees itself; an [`Element`] cannot outlive its document.

use std::ffi::{CStr, CString, c_int, c_uint, c_void};
use std::marker::PhantomData;
use std::ptr::{NonNull, null, null_mut};

use ::xmlsec::bindings::{self as c, xmlDoc, xmlNode};
use ::xmlsec::{XmlSecKey, XmlSecKeyFormat, XmlSecSignatureContext};

/// The libraries, ready on this thread.
#[derive(Debug)]
pub(super) struct Session {
    /// The libraries keep state per thread.
    not_send: PhantomData<*const ()>,
}

/// A parsed document.
pub(super) struct Document<'s> {
    pointer: NonNull<xmlDoc>,
    session: PhantomData<&'s Session>,
}

/// An element of a document that is not changed while the element is in use.
#[derive(Clone, Copy)]
pub(super) struct Element<'d> {
    pointer: NonNull<xmlNode>,
    document: PhantomData<&'d Document<'d>>,
}

/// A key in the library's form.
pub(super) struct Key(XmlSecKey);

/// What the library found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The signature is the key's, over the one reference, whose octets were these before hashing.
    Valid(Vec<u8>),
    /// The reference's digest is not that of the document.
    OtherDigest,
    /// The signature is not the key's, or something else is wrong with it.
    Invalid,
}

unsafe extern "C" {
    /// In `xmlsec/errors.h`, which the bindings leave out.
    fn xmlSecErrorsDefaultCallbackEnableOutput(enabled: c_int);
    /// In `libxml/c14n.h`, which the bindings leave out.
    #[cfg(feature = "oracle")]
    fn xmlC14NDocDumpMemory(
        document: *mut xmlDoc,
        nodes: *mut c_void,
        mode: c_int,
        inclusive_prefixes: *mut *mut c::xmlChar,
        with_comments: c_int,
        out: *mut *mut c::xmlChar,
    ) -> c_int;
}

impl Session {
    pub(super) fn start() -> Self {
        // SAFETY: may be called any number of times, from any thread.
        unsafe { c::xmlInitParser() };
        // Initialises libxmlsec1 once for the process.
        drop(XmlSecSignatureContext::new());
        // SAFETY: sets a flag of the library, after its initialisation.
        unsafe { xmlSecErrorsDefaultCallbackEnableOutput(0) };
        // SAFETY: sets this thread's callback to a function that touches nothing and lives as long as the program.
        unsafe { c::xmlSetStructuredErrorFunc(null_mut(), Some(ignore_error)) };
        Self { not_send: PhantomData }
    }

    /// Parses strictly: no recovery, no network, no entities replaced, no external subset.
    pub(super) fn parse(&self, bytes: &[u8]) -> Option<Document<'_>> {
        let options = c::xmlParserOption_XML_PARSE_NONET
            | c::xmlParserOption_XML_PARSE_NOERROR
            | c::xmlParserOption_XML_PARSE_NOWARNING;
        let (length, options) = (c_int::try_from(bytes.len()).ok()?, c_int::try_from(options).ok()?);
        // SAFETY: the parser reads `length` bytes of the slice and keeps none of them.
        let pointer = unsafe { c::xmlReadMemory(bytes.as_ptr().cast(), length, null(), null(), options) };
        NonNull::new(pointer).map(|pointer| Document { pointer, session: PhantomData })
    }

    /// Loads a public key from a DER `SubjectPublicKeyInfo`. Never with a password: the crate frees it before its use.
    pub(super) fn public_key(&self, info: &[u8]) -> Option<Key> {
        XmlSecKey::from_memory(info, XmlSecKeyFormat::Der, None).ok().map(Key)
    }

    /// Loads an unencrypted private key from PEM.
    #[cfg(feature = "oracle")]
    pub(super) fn private_key(&self, pem: &[u8]) -> Option<Key> {
        XmlSecKey::from_memory(pem, XmlSecKeyFormat::Pem, None).ok().map(Key)
    }

    /// Verifies a signature with a key, which is given back: loading one costs more than verifying with it.
    pub(super) fn verify(&self, signature: Element<'_>, key: Key) -> (Finding, Option<Key>) {
        let mut context = XmlSecSignatureContext::new();
        context.insert_key(key.0);
        // SAFETY: the context lives to the end of this function.
        let pointer = unsafe { context.as_ptr() };
        // SAFETY: `pointer` is that context, and nothing else refers into it.
        let hardened = unsafe { harden(&mut *pointer) };
        // SAFETY: context and element are valid. Verifying sets marks on the tree and moves no node.
        let ran = hardened && unsafe { c::xmlSecDSigCtxVerify(pointer, signature.pointer.as_ptr()) } >= 0;
        // SAFETY: the context is valid, and so are its lists.
        let finding = if ran { unsafe { finding(&mut *pointer) } } else { Finding::Invalid };
        (finding, context.release_key().map(Key))
    }
}

impl Document<'_> {
    /// The root, if there is one and no document type.
    pub(super) fn root(&self) -> Option<Element<'_>> {
        // SAFETY: the document is valid while `self` is.
        let has_type = unsafe { !self.pointer.as_ref().intSubset.is_null() };
        // SAFETY: the same.
        let root = unsafe { c::xmlDocGetRootElement(self.pointer.as_ptr()) };
        let pointer = NonNull::new(root).filter(|_| !has_type)?;
        Some(Element { pointer, document: PhantomData })
    }

    /// Takes the last child element of the root out of the document, if it is the wanted one. No element is in use
    /// meanwhile: each borrows the document.
    #[cfg(feature = "oracle")]
    pub(super) fn remove_last_child(&mut self, wanted: impl Fn(&Element<'_>) -> bool) {
        if let Some(Element { pointer, .. }) = self.last_child(wanted) {
            // SAFETY: a node of this document, which is unlinked before it is freed, once.
            unsafe {
                c::xmlUnlinkNode(pointer.as_ptr());
                c::xmlFreeNode(pointer.as_ptr());
            }
        }
    }

    /// Fills in the signature template that is the last child element of the root.
    #[cfg(feature = "oracle")]
    pub(super) fn sign_last_child(&mut self, wanted: impl Fn(&Element<'_>) -> bool, key: Key) -> bool {
        let Some(Element { pointer, .. }) = self.last_child(wanted) else { return false };
        let mut context = XmlSecSignatureContext::new();
        context.insert_key(key.0);
        // SAFETY: the context lives to the end of this function, the node is one of this document, and nobody else
        // uses the nodes that the library replaces.
        unsafe { c::xmlSecDSigCtxSign(context.as_ptr(), pointer.as_ptr()) >= 0 }
    }

    #[cfg(feature = "oracle")]
    fn last_child(&self, wanted: impl Fn(&Element<'_>) -> bool) -> Option<Element<'_>> {
        self.root()?.children().pop().filter(wanted)
    }

    /// The exclusive canonical form of the whole document, without comments.
    #[cfg(feature = "oracle")]
    pub(super) fn canonical(&self) -> Option<Vec<u8>> {
        const EXCLUSIVE_1_0: c_int = 1;
        let mut out: *mut c::xmlChar = null_mut();
        // SAFETY: the document is valid; null selects all nodes and no inclusive prefixes; `out` is owned by us.
        let length = unsafe {
            xmlC14NDocDumpMemory(
                self.pointer.as_ptr(),
                null_mut(),
                EXCLUSIVE_1_0,
                null_mut(),
                0,
                &raw mut out,
            )
        };
        // SAFETY: on success the library wrote `length` bytes to `out`.
        unsafe { take_bytes(out, length) }
    }

    /// The document as text.
    #[cfg(feature = "oracle")]
    pub(super) fn text(&self) -> Option<Vec<u8>> {
        let (mut out, mut length) = (null_mut(), 0);
        // SAFETY: the document is valid, and the library allocates `out`, which is ours.
        unsafe { c::xmlDocDumpMemory(self.pointer.as_ptr(), &raw mut out, &raw mut length) };
        // SAFETY: on success the library wrote `length` bytes to `out`.
        unsafe { take_bytes(out, length) }
    }
}

impl Drop for Document<'_> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from the parser, nothing refers into the document any more, and it is freed once.
        unsafe { c::xmlFreeDoc(self.pointer.as_ptr()) };
    }
}

impl<'d> Element<'d> {
    /// The local name and the namespace.
    pub(super) fn name(&self) -> (&'d [u8], &'d [u8]) {
        // SAFETY: the element is valid, and the document, which owns its name and namespace, outlives `'d`.
        unsafe {
            let node = self.pointer.as_ref();
            let namespace = node.ns.as_ref().map_or(null(), |namespace| namespace.href);
            (bytes(node.name), bytes(namespace))
        }
    }

    /// The child elements.
    pub(super) fn children(&self) -> Vec<Self> {
        let mut children = Vec::new();
        // SAFETY: the element is valid, and its children form a list that ends with null.
        let mut next = unsafe { self.pointer.as_ref().children };
        while let Some(pointer) = NonNull::new(next) {
            // SAFETY: a node of the list.
            let node = unsafe { pointer.as_ref() };
            if node.type_ == c::xmlElementType_XML_ELEMENT_NODE {
                children.push(Self { pointer, document: PhantomData });
            }
            next = node.next;
        }
        children
    }

    /// The value of an attribute in no namespace.
    pub(super) fn attribute(&self, name: &CStr) -> Option<String> {
        // SAFETY: the element is valid, the name ends with NUL, and the value returned is a copy, which is ours.
        unsafe {
            let value = c::xmlGetNoNsProp(self.pointer.as_ptr(), name.as_ptr().cast());
            let copy = (!value.is_null()).then(|| bytes(value).to_vec());
            free(value);
            copy.and_then(|copy| String::from_utf8(copy).ok())
        }
    }

    /// Makes an attribute the element's id, to be found by `URI="#…"`.
    pub(super) fn declare_id(&self, name: &CStr, value: &str) -> bool {
        let Ok(value) = CString::new(value) else { return false };
        // SAFETY: the element is valid, and so is an attribute found on it; the library copies the value.
        unsafe {
            let attribute = c::xmlHasProp(self.pointer.as_ptr(), name.as_ptr().cast());
            let document = self.pointer.as_ref().doc;
            !attribute.is_null()
                && !c::xmlAddID(null_mut(), document, value.as_ptr().cast(), attribute).is_null()
        }
    }
}

/// Limits the library to the profile: one document, enveloped, exclusive C14N, SHA-256, ECDSA or RSA.
///
/// # Safety
/// The context must be initialised.
unsafe fn harden(context: &mut c::xmlSecDSigCtx) -> bool {
    context.flags = c::XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS | c::XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES;
    context.enabledReferenceUris = c::xmlSecTransformUriTypeEmpty | c::xmlSecTransformUriTypeSameDocument;
    // SAFETY: the class functions return static tables, and the context is initialised.
    unsafe {
        let in_reference = [
            c::xmlSecTransformEnvelopedGetKlass(),
            c::xmlSecTransformExclC14NGetKlass(),
            c::xmlSecOpenSSLTransformSha256GetKlass(),
        ];
        let in_signature = [
            c::xmlSecTransformExclC14NGetKlass(),
            c::xmlSecOpenSSLTransformEcdsaSha256GetKlass(),
            c::xmlSecOpenSSLTransformRsaSha256GetKlass(),
        ];
        in_reference.into_iter().all(|klass| c::xmlSecDSigCtxEnableReferenceTransform(context, klass) == 0)
            && in_signature
                .into_iter()
                .all(|klass| c::xmlSecDSigCtxEnableSignatureTransform(context, klass) == 0)
    }
}

/// # Safety
/// The context must be one that a verification ran on.
unsafe fn finding(context: &mut c::xmlSecDSigCtx) -> Finding {
    // SAFETY: the list belongs to the context; its items are reference contexts.
    let reference = unsafe {
        if c::xmlSecPtrListGetSize(&raw mut context.signedInfoReferences) != 1 {
            return Finding::Invalid;
        }
        c::xmlSecPtrListGetItem(&raw mut context.signedInfoReferences, 0).cast::<c::xmlSecDSigReferenceCtx>()
    };
    // SAFETY: null, or an item of the list.
    let Some(checked) = (unsafe { reference.as_ref() }) else { return Finding::Invalid };
    if checked.status == c::xmlSecDSigStatus_xmlSecDSigStatusInvalid {
        return Finding::OtherDigest;
    }
    let succeeded = c::xmlSecDSigStatus_xmlSecDSigStatusSucceeded;
    if checked.status != succeeded || context.status != succeeded {
        return Finding::Invalid;
    }
    // SAFETY: the references are stored, as `harden` asked, so the octets before hashing are.
    unsafe {
        let octets = c::xmlSecDSigReferenceCtxGetPreDigestBuffer(reference);
        if octets.is_null() {
            return Finding::Invalid;
        }
        let length = c_uint_to_usize(c::xmlSecBufferGetSize(octets));
        match NonNull::new(c::xmlSecBufferGetData(octets)) {
            Some(data) => Finding::Valid(std::slice::from_raw_parts(data.as_ptr(), length).to_vec()),
            None => Finding::Invalid,
        }
    }
}

/// # Safety
/// Null, or a string that ends with NUL and outlives `'d`.
unsafe fn bytes<'d>(text: *const c::xmlChar) -> &'d [u8] {
    // SAFETY: as above.
    if text.is_null() { &[] } else { unsafe { CStr::from_ptr(text.cast()) }.to_bytes() }
}

/// # Safety
/// Null, or `length` bytes allocated by libxml2, if `length` is not negative; they are freed.
#[cfg(feature = "oracle")]
unsafe fn take_bytes(out: *mut c::xmlChar, length: c_int) -> Option<Vec<u8>> {
    let length = usize::try_from(length).ok().filter(|_| !out.is_null());
    // SAFETY: as above.
    unsafe {
        let copy = length.map(|length| std::slice::from_raw_parts(out, length).to_vec());
        free(out);
        copy
    }
}

/// # Safety
/// Null, or allocated by libxml2 and not used afterwards.
unsafe fn free(pointer: *mut c::xmlChar) {
    // SAFETY: the library's allocator is set before its initialisation and never changed.
    if let Some(free) = unsafe { c::xmlFree }
        && !pointer.is_null()
    {
        // SAFETY: as above.
        unsafe { free(pointer.cast()) };
    }
}

fn c_uint_to_usize(value: c_uint) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Errors come back as results; their text would go to standard error, with pieces of documents in it.
unsafe extern "C" fn ignore_error(_context: *mut c_void, _error: c::xmlErrorPtr) {}
