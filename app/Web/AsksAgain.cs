namespace Crm.Web;

/// <summary>Marks a route before which one proves again that it is them, unless one has just done so.</summary>
public sealed class AsksAgain;

public static class AsksAgainRoutes
{
    public static TBuilder AsksAgain<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new AsksAgain());
}
