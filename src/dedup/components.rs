//! Which documents can decide about each other: the connected components of all that share a content or a bucket.

/// Sets of documents that were joined, directly or through others. 4 bytes a document.
///
/// A document's root is the smallest of its set, in whatever order documents were joined.
///
/// ```
/// use mashbill::dedup::Components;
///
/// let mut components = Components::new(5);
/// components.join(4, 1);
/// components.join(3, 4);
/// components.flatten();
/// assert_eq!(components.roots(), [0, 1, 2, 1, 1]);
/// ```
#[derive(Debug, Clone)]
pub struct Components {
    /// Never above the document itself.
    parents: Vec<u32>,
}

impl Components {
    /// So many documents, none of them joined.
    pub fn new(docs: u32) -> Components {
        Components { parents: (0..docs).collect() }
    }

    /// Joins the sets of two documents.
    pub fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b) as usize] = a.min(b);
    }

    fn root(&mut self, mut doc: u32) -> u32 {
        // Every step shortens the way for the next who comes along it.
        while self.parents[doc as usize] != doc {
            let above = self.parents[self.parents[doc as usize] as usize];
            self.parents[doc as usize] = above;
            doc = above;
        }
        doc
    }

    /// Lets every document know its root.
    pub fn flatten(&mut self) {
        for doc in 0..self.parents.len() {
            // What lies before is flat already, and parents lie before.
            self.parents[doc] = self.parents[self.parents[doc] as usize];
        }
    }

    /// The root of every document, once they are [flat](Components::flatten).
    pub fn roots(&self) -> &[u32] {
        &self.parents
    }
}
