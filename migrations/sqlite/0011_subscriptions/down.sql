DROP TABLE notice_deliveries;
DROP TABLE deliveries;
DROP TABLE subscriptions;
