//! What a message comes to: the text of its blocks.

/// The text, thinking or tool input of each block, in the order of their indexes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) blocks: Vec<String>,
    /// The message came to its end.
    pub(crate) stopped: bool,
}

impl Message {
    pub(crate) fn append(&mut self, index: usize, text: &str) {
        if self.blocks.len() <= index {
            self.blocks.resize_with(index + 1, String::new);
        }
        self.blocks[index].push_str(text);
    }
}
