import GRDB

/// The database's schema, as the steps that lead to it.
///
/// A step is never changed once it was released.
enum Migrations {
    static func migrate(_ pool: DatabasePool) throws {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: datasets, jobs, models, curves") { database in
            try database.execute(sql: first)
        }
        migrator.registerMigration("2: evaluations, health, scores") { database in
            try database.execute(sql: second)
        }
        migrator.registerMigration("3: reports") { database in
            try database.execute(sql: third)
        }
        migrator.registerMigration("4: idempotency keys") { database in
            try database.execute(sql: fourth)
        }
        migrator.registerMigration("5: resumable uploads") { database in
            try database.execute(sql: fifth)
        }
        migrator.registerMigration("6: reports on tables") { database in
            // The column that models are to predict.
            try database.execute(sql: "ALTER TABLE report ADD COLUMN target TEXT")
        }
        migrator.registerMigration("7: parameters of imports") { database in
            // What an upload's sender says of how it is to be read, as an object of texts.
            for table in ["dataset", "upload"] {
                try database.execute(sql: "ALTER TABLE \(table) ADD COLUMN parameters TEXT NOT NULL DEFAULT '{}'")
            }
        }
        migrator.registerMigration("8: scores that can't be told apart") { database in
            // The least score that can't be told from the highest up to this checkpoint.
            try database.execute(sql: "ALTER TABLE checkpoint ADD COLUMN bar REAL")
        }
        if try pool.read(migrator.hasBeenSuperseded) {
            throw StoreError(
                .newerFormat, code: "newer_format",
                "a newer version of gand wrote this data folder; use that version, or another folder")
        }
        try migrator.migrate(pool)
    }

    /// Uploads that come in parts; the size of an upload's file says how much has arrived.
    private static let fifth = """
        CREATE TABLE upload (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, requested_kind TEXT NOT NULL, metadata TEXT NOT NULL,
            length INTEGER NOT NULL, dataset_id TEXT, created_at INTEGER NOT NULL, touched_at INTEGER NOT NULL
        ) STRICT;
        """

    /// What was created under a client's key, and the reply to that request.
    private static let fourth = """
        CREATE TABLE idempotency_key (
            key TEXT PRIMARY KEY NOT NULL, fingerprint TEXT NOT NULL, is_under_way INTEGER NOT NULL, subject TEXT,
            status INTEGER, headers TEXT, body BLOB, created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);
        """

    /// Reports on models; their pictures are in a table of their own, so that a list doesn't read them.
    private static let third = """
        CREATE TABLE report (
            id TEXT PRIMARY KEY NOT NULL, model_id TEXT NOT NULL REFERENCES model (id) ON DELETE CASCADE,
            dataset_id TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
            checkpoint TEXT NOT NULL, step INTEGER NOT NULL, samples INTEGER NOT NULL, seed INTEGER NOT NULL,
            done INTEGER NOT NULL, total INTEGER NOT NULL, starts INTEGER NOT NULL, result TEXT,
            error_code TEXT, error_detail TEXT,
            revision INTEGER NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
        ) STRICT;
        CREATE INDEX report_by_model ON report (model_id, id);
        CREATE INDEX report_by_state ON report (state, id);

        CREATE TABLE report_picture (
            report_id TEXT PRIMARY KEY NOT NULL REFERENCES report (id) ON DELETE CASCADE, png BLOB NOT NULL
        ) STRICT;
        """

    /// A model's quality at a step, the job's verdict, and the score by which checkpoints are compared.
    private static let second = """
        CREATE TABLE evaluation (
            job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE, step INTEGER NOT NULL,
            wall_time REAL NOT NULL, samples_seen INTEGER NOT NULL, figures TEXT NOT NULL,
            PRIMARY KEY (job_id, step)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE job ADD COLUMN health TEXT;
        ALTER TABLE checkpoint ADD COLUMN score REAL;
        """

    /// The first schema.
    ///
    /// Times are microseconds since 1970; JSON is text. Labels are rows, since lists are filtered by them.
    private static let first = """
        CREATE TABLE dataset (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('validating', 'ready', 'invalid')),
            requested_kind TEXT NOT NULL, kind TEXT, items INTEGER, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
            schema TEXT, problems TEXT NOT NULL, problem_count INTEGER NOT NULL, error_code TEXT,
            imports INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL, created_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE job (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, dataset_id TEXT NOT NULL, model_id TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('queued', 'running', 'stopping', 'succeeded', 'failed', 'stopped')),
            stop_reason TEXT, requested TEXT NOT NULL, resolved TEXT NOT NULL, priority INTEGER NOT NULL,
            attempt INTEGER NOT NULL, epoch INTEGER NOT NULL, crashes INTEGER NOT NULL,
            step INTEGER NOT NULL, samples_seen INTEGER NOT NULL, training_seconds REAL NOT NULL,
            metrics_revision INTEGER NOT NULL, error_code TEXT, error_detail TEXT,
            revision INTEGER NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
        ) STRICT;
        CREATE INDEX job_queue ON job (priority DESC, id) WHERE state = 'queued';
        CREATE INDEX job_by_state ON job (state, id);
        CREATE INDEX job_by_dataset ON job (dataset_id);

        CREATE TABLE model (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL,
            job_id TEXT REFERENCES job (id) ON DELETE SET NULL,
            dataset_id TEXT NOT NULL, kind TEXT NOT NULL, spec TEXT NOT NULL,
            revision INTEGER NOT NULL, created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX model_by_job ON model (job_id);

        CREATE TABLE checkpoint (
            model_id TEXT NOT NULL REFERENCES model (id) ON DELETE CASCADE, step INTEGER NOT NULL,
            attempt INTEGER NOT NULL, samples_seen INTEGER NOT NULL, training_seconds REAL NOT NULL,
            bytes INTEGER NOT NULL, manifest TEXT NOT NULL, created_at INTEGER NOT NULL,
            PRIMARY KEY (model_id, step)
        ) STRICT;

        CREATE TABLE event (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
            kind TEXT NOT NULL, attempt INTEGER NOT NULL, data TEXT NOT NULL, created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX event_by_job ON event (job_id, sequence);

        CREATE TABLE metric_block (
            job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE, first_step INTEGER NOT NULL,
            last_step INTEGER NOT NULL, points INTEGER NOT NULL, attempt INTEGER NOT NULL,
            names TEXT NOT NULL, data BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX metric_block_by_step ON metric_block (job_id, first_step);

        CREATE TABLE label (
            owner TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (owner, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX label_by_value ON label (name, value, owner);

        CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
        """
}
