namespace Niwaki.Vision;

/// <summary>Water stands in the streets.</summary>
internal sealed class FloodedTown : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => GroundLook.Choose(random) with
    {
        Parcels = random.Chance(0.3f),
        Forest = random.Chance(0.4f) ? random.Range(0.05f, 0.3f) : 0,
    };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        var look = WaterLook.Flood(random);
        if (random.Chance(0.5f))
            Waters.River(scene, look, 5, 18);
        if (random.Chance(0.65f))
            RoadNet.Town(scene);
        else
            RoadNet.Country(scene, 2);
        Distractors.Draw(scene, Count(scene, 3));
        Waters.Flood(scene, look, random.Range(0.3f, 0.75f));
        if (random.Chance(0.25f))
            DebrisFlow.Slide(scene, 4, 12);
        Houses.Along(scene, random.Chance(0.4f) ? 0.25f : 0.03f, random.Range(0.4f, 0.9f), wet: true);
        Trees.Draw(scene, Count(scene, 24));
        Vehicles.OnRoads(scene, random.Range(0.5f, 2));
        Vehicles.Anywhere(scene, random.Int(1, 6), boats: true);
        People.Draw(scene, random.Int(0, 5));
    }
}
