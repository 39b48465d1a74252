namespace Crm.Privacy;

/// <summary>What people may ask of what is held about them, and what is noted of who looks at it.</summary>
public static class PrivacyRoom
{
    public static void AddPrivacy(this IServiceCollection services) => services.AddSingleton<PersonViews>();

    public static void MapPrivacy(this IEndpointRouteBuilder app)
    {
        StopEmails.Map(app);
        AuditPage.Map(app);
    }
}
