//! What a connector was asked to deliver and how far that is: one entry per market and channel. A subscribe command may
//! name several channels; it is done when all of them are live, and refused when one is rejected.

use crate::patchbay::pb_id;

#[derive(Clone, Debug)]
struct Entry {
    market: usize,
    channel: u32,
    is_live: bool,
    waiting: Vec<pb_id>,
}

#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    entries: Vec<Entry>,
    /// Commands that wait, with the number of channels they wait for.
    commands: Vec<(pb_id, u32)>,
}

/// Each bit of a set of channels.
pub fn each(channels: u32) -> impl Iterator<Item = u32> {
    (0..32).map(|bit| 1u32 << bit).filter(move |bit| channels & bit != 0)
}

impl Subscriptions {
    fn place(&self, market: usize, channel: u32) -> Option<usize> {
        self.entries.iter().position(|entry| entry.market == market && entry.channel == channel)
    }

    /// Wants channels on behalf of a command. Gives those that are new, and whether all of them are live already.
    pub fn add(&mut self, market: usize, channels: u32, command: pb_id) -> (u32, bool) {
        let (mut new, mut missing) = (0, 0);
        for channel in each(channels) {
            match self.place(market, channel).and_then(|place| self.entries.get_mut(place)) {
                Some(entry) if entry.is_live => continue,
                Some(entry) => entry.waiting.push(command),
                None => {
                    self.entries.push(Entry { market, channel, is_live: false, waiting: vec![command] });
                    new |= channel;
                }
            }
            missing += 1;
        }
        if missing > 0 {
            self.commands.push((command, missing));
        }
        (new, missing == 0)
    }

    /// Gives channels up: those that were there, and the commands that now wait in vain.
    pub fn remove(&mut self, market: usize, channels: u32) -> (u32, Vec<pb_id>) {
        let (mut gone, mut orphans) = (0, Vec::new());
        for channel in each(channels) {
            if let Some(place) = self.place(market, channel) {
                gone |= channel;
                for command in self.entries.remove(place).waiting {
                    if self.forget(command) {
                        orphans.push(command);
                    }
                }
            }
        }
        (gone, orphans)
    }

    pub fn is_wanted(&self, market: usize, channel: u32) -> bool {
        self.place(market, channel).is_some()
    }

    pub fn is_live(&self, market: usize, channel: u32) -> bool {
        self.place(market, channel).and_then(|place| self.entries.get(place)).map_or(false, |entry| entry.is_live)
    }

    /// What is wanted of a market.
    pub fn channels(&self, market: usize) -> u32 {
        self.entries.iter().filter(|entry| entry.market == market).fold(0, |all, entry| all | entry.channel)
    }

    /// A channel is live: the commands that are done by it; `None` when it was live, or is not wanted.
    pub fn live(&mut self, market: usize, channel: u32) -> Option<Vec<pb_id>> {
        let place = self.place(market, channel)?;
        let entry = self.entries.get_mut(place).filter(|entry| !entry.is_live)?;
        entry.is_live = true;
        let waiting = std::mem::take(&mut entry.waiting);
        let mut done = Vec::new();
        for command in waiting {
            if let Some(at) = self.commands.iter().position(|other| other.0 == command) {
                self.commands[at].1 -= 1;
                if self.commands[at].1 == 0 {
                    self.commands.remove(at);
                    done.push(command);
                }
            }
        }
        Some(done)
    }

    /// A channel no longer is live; whether it was.
    pub fn down(&mut self, market: usize, channel: u32) -> bool {
        match self.place(market, channel).and_then(|place| self.entries.get_mut(place)) {
            Some(entry) => std::mem::replace(&mut entry.is_live, false),
            None => false,
        }
    }

    /// The exchange refuses a channel: the commands that are refused with it.
    pub fn rejected(&mut self, market: usize, channel: u32) -> Vec<pb_id> {
        self.remove(market, channel).1
    }

    /// Whether the command was waiting.
    fn forget(&mut self, command: pb_id) -> bool {
        match self.commands.iter().position(|other| other.0 == command) {
            Some(at) => {
                self.commands.remove(at);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_done_when_all_of_it_is_live() {
        let mut all = Subscriptions::default();
        assert_eq!(all.add(0, 3, 7), (3, false));
        assert_eq!(all.add(0, 1, 8), (0, false));
        assert_eq!(all.live(0, 1), Some(vec![8]));
        assert_eq!(all.live(0, 1), None);
        assert_eq!(all.live(0, 2), Some(vec![7]));
        assert_eq!(all.add(0, 3, 9), (0, true));
        assert!(all.down(0, 2) && !all.down(0, 2));
        assert_eq!(all.channels(0), 3);
    }

    #[test]
    fn a_command_ends_once() {
        let mut all = Subscriptions::default();
        all.add(4, 3, 7);
        assert_eq!(all.rejected(4, 2), vec![7]);
        assert_eq!(all.live(4, 1), Some(vec![]));
        assert_eq!(all.remove(4, 3), (1, vec![]));
        assert!(!all.is_wanted(4, 1));
    }
}
