//! What is known of every document before any is compared: with whom it is linked, and how.

use super::Components;

/// It shares its content or a bucket with another.
const LINKED: u8 = 1;
/// Another document has the same shingles and stands for it in the buckets.
const FOLLOWS: u8 = 2;
/// It shares a bucket with a document of other content; on a root: one of its component does.
const NEAR: u8 = 4;

/// Links between documents, gathered bucket by bucket, in any order. 5 bytes a document.
///
/// Contents come first, then the buckets of the documents that do not [follow](Links::follows) another. Then every component can
/// be [resolved](super::resolve) by itself; documents that are not linked are kept.
#[derive(Debug)]
pub struct Links {
    components: Components,
    marks: Vec<u8>,
}

impl Links {
    /// So many documents without links.
    pub fn new(docs: u32) -> Links {
        Links { components: Components::new(docs), marks: vec![0; docs as usize] }
    }

    fn mark(&mut self, doc: u32, mark: u8) {
        self.marks[doc as usize] |= mark;
    }

    fn has(&self, doc: u32, mark: u8) -> bool {
        self.marks[doc as usize] & mark != 0
    }

    /// Links documents of one scope that have the same content. `banded` says which have band keys: the first of these stands
    /// for the others.
    pub fn same_content(&mut self, docs: &[u32], banded: &dyn Fn(u32) -> bool) {
        let Some((&first, others)) = docs.split_first() else { return };
        others.iter().for_each(|&doc| self.components.join(first, doc));
        docs.iter().for_each(|&doc| self.mark(doc, LINKED));
        docs.iter().filter(|&&doc| banded(doc)).skip(1).for_each(|&doc| self.mark(doc, FOLLOWS));
    }

    /// Links documents of one scope that share a band key.
    pub fn same_bucket(&mut self, docs: &[u32]) {
        let Some((&first, others)) = docs.split_first() else { return };
        others.iter().for_each(|&doc| self.components.join(first, doc));
        docs.iter().for_each(|&doc| self.mark(doc, LINKED | NEAR));
    }

    /// All links are made: lets every document know its component.
    pub fn finish(&mut self) {
        self.components.flatten();
        for doc in 0..self.marks.len() as u32 {
            if self.has(doc, NEAR) {
                self.mark(self.root(doc), NEAR);
            }
        }
    }

    /// The smallest document of its component, once they are [finished](Links::finish).
    pub fn root(&self, doc: u32) -> u32 {
        self.components.roots()[doc as usize]
    }

    /// Whether another document stands for it in the buckets.
    pub fn follows(&self, doc: u32) -> bool {
        self.has(doc, FOLLOWS)
    }

    /// Whether it is linked with another.
    pub fn is_linked(&self, doc: u32) -> bool {
        self.has(doc, LINKED)
    }

    /// Whether there are documents of different content in its component, once they are finished: then near duplicates are to
    /// be looked for.
    pub fn is_near(&self, doc: u32) -> bool {
        self.is_linked(doc) && self.has(self.root(doc), NEAR)
    }
}
