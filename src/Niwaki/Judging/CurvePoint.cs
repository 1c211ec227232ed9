namespace Niwaki;

/// <summary>One value of a training curve; a line of a model's <c>curves.jsonl</c>.</summary>
/// <param name="Step">Optimizer steps so far.</param>
/// <param name="Series">Such as <c>loss</c>, <c>loss/cwd</c>, <c>validation/mean-iou</c>.</param>
/// <param name="Value">Finite.</param>
public sealed record CurvePoint(int Step, string Series, double Value);
