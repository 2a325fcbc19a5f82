-- When a batch left last is asked at every look at the gate, and a journal has a million entries that are none.
CREATE INDEX entry_by_batch ON entry (wall) WHERE kind = 'batch';
