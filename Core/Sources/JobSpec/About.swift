// JobSpec
