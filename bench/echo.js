// Sends back what it is sent, and ends with its parent: the floor under every process that answers over a channel.

process.on('message', (message) => process.send(message));
process.on('disconnect', () => process.exit(0));
