-- The wider list of sales stays: rows may already use it.
DROP TABLE campaign_claim;
DROP TABLE campaign;
DROP TABLE coupon_gift;
DROP TABLE coupon_use;
DROP TABLE coupon;
