// The recording: one native <audio> under a drawn tape.
