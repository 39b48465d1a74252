using Crm;

return await EnrolmentApp.RunAsync(args);

/// <summary>Named so that tests can start the app.</summary>
public partial class Program;
