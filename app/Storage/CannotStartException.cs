namespace Crm.Storage;

/// <summary>The program cannot start; the message is one sentence or two for whoever started it, and says what to do.</summary>
public sealed class CannotStartException(string message, Exception? inner = null) : Exception(message, inner);
