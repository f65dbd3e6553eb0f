// Journal: where entries become durable.
//
// The protocol has two real sides: `SQLiteJournal` here (one file, WAL, full sync, one transaction for a
// group of entries) and, in a later landing, a replicated one over etcd. A journal stores and returns
// entries and snapshots; it does not know what they mean.
