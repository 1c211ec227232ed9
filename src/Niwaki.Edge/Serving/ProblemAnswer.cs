namespace Niwaki.Edge;

/// <summary>An error as <c>application/problem+json</c> (RFC 9457).</summary>
internal sealed record ProblemAnswer(int Status, string Detail);
