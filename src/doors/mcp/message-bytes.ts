/** One message of an agent, or one request over HTTP; the longest that any tool accepts is far below. */
export const messageBytesMax = 64 * 1024;
