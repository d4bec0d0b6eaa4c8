-- What is no exchange is rare, and a start looks for the newest of some of it: by this, not by walking the log back. An
-- exchange writes nothing here.
CREATE INDEX event_rare ON event (type) WHERE type NOT GLOB 'assume.*';
