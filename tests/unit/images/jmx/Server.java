// What OMERO's Java programs show by JMX, made by the same libraries: stands for OMERO.server, which cannot run here.
// Names: OMERO's EventLogQueue, FullTextIndexer, its pool of connections, and Dropwizard's appender for Logback.

import bitronix.tm.resource.jdbc.PoolingDataSource;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.JmxReporter;
import com.codahale.metrics.MetricRegistry;
import java.util.concurrent.TimeUnit;

public class Server {
  public static void main(String[] arguments) throws Exception {
    MetricRegistry registry = new MetricRegistry();
    String queue = "ome.services.eventlogs.EventLogQueue.";
    registry.timer(queue + "lookupTime").update(3, TimeUnit.MILLISECONDS);
    registry.counter(queue + "failureCount").inc(2);
    registry.histogram("ome.services.fulltext.FullTextIndexer.percentCompleteSlow").update(40);
    registry.timer("ome.services.fulltext.FullTextIndexer.batch").update(2, TimeUnit.SECONDS);
    registry.meter("ch.qos.logback.core.Appender.all").mark(7);
    registry.meter("ch.qos.logback.core.Appender.error").mark(5);
    registry.register("jvm.fileDescriptorCountRatio", (Gauge<Double>) () -> 0.5);
    JmxReporter.forRegistry(registry).inDomain("ome.system.metrics").build().start();

    // With no connection at its start, so without a database.
    PoolingDataSource pool = new PoolingDataSource();
    pool.setClassName("bitronix.tm.resource.jdbc.lrc.LrcXADataSource");
    pool.setUniqueName("5f0e7d1c-0000-0000-0000-000000000000");
    pool.setMaxPoolSize(10);
    pool.setAllowLocalTransactions(true);
    pool.getDriverProperties().setProperty("driverClassName", "org.postgresql.Driver");
    pool.getDriverProperties().setProperty("url", "jdbc:postgresql://db/omero");
    pool.getDriverProperties().setProperty("password", "never-told");
    pool.init();

    // Until whoever started it closes its input.
    System.in.read();
  }
}
