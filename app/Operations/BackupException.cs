namespace Crm.Operations;

/// <summary>A backup cannot be made, read or restored; the message is a sentence or two for whoever asked for it.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
